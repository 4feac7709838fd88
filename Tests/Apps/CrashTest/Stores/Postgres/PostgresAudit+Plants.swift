extension PostgresAudit {
    /// For each question by its name, what has to be done to a store that is in order so that it answers.
    static let plants: [String: String] = [
        "0 a job is in both tables": job() + done(),
        "0 a job is lost between the tables": "INSERT INTO crash.moving VALUES (\(a), 1);",
        "0 a job is in a state that does not exist here": job(["state": "2"]),
        "3 a job that does not run has a token": job(["token": "1"]),
        "1 a running job has no lease, or is not a member of it": ready(["token": "999999", "claims": "1"]),
        "1 a lease counts its open jobs wrong, or has none": lease,
        "10 a lease is of a worker that is not known": lease,
        "2 a lease or a place has a number that was not given out": lease,
        "13 two ready jobs stand in one place": ready() + ready(["id": b]),
        "0 a job's times do not fit its state": ready(["ready_at": "NULL"]),
        "4 a cancel is asked of a job that does not run": job(["cancel": "true"]),
        "2 a job's counters cannot be": job(["attempt": "2", "claims": "1"]),
        "9 a waiting job counts its open edges wrong, or has none": waiting,
        "9 an open edge leads to a job that does not wait": job() + edge,
        "9 an edge leads to a job that is gone": edge,
        "9 an open edge is of a job that has ended, or will not tell of its end, and nothing is left to be done":
            waiting + edge,
        "6 two unfinished jobs have one unique key":
            ready(["unique_key": "'key'", "unique_states": "31"])
            + ready(["id": b, "pos": "1", "unique_key": "'key'", "unique_states": "31"]),
        "6 an unfinished job does not hold its unique key": ready(["unique_key": "'key'", "unique_states": "31"]),
        "0 the log tells of attempts of a job that is gone":
            "INSERT INTO roost.attempt (job, attempt, ended_at, failure) VALUES (\(a), 1, 1, '{}');",
        "0 the minutes count other numbers of ends than the journal tells":
            "INSERT INTO roost.minute (minute, lane, backend, enqueued) VALUES (0, 1, 0, 1);",
    ]

    private static let a = "'0A000000-0000-0000-0000-000000000000'"
    private static let b = "'0B000000-0000-0000-0000-000000000000'"
    private static let lease =
        "INSERT INTO roost.lease (token, worker, until, open, members) VALUES (999999, 0, 0, 1, '{}');"
    private static let edge = """
        INSERT INTO roost.edge (child, position, condition, carries, resolved, parent)
        VALUES (\(a), 0, 0, false, false, '0C000000-0000-0000-0000-000000000000');
        """
    private static let waiting = job(["state": "4", "open": "2", "finished_at": "NULL", "prune_at": "NULL"])

    /// A job that was cancelled, but for `values`.
    private static func job(_ values: [String: String] = [:]) -> String {
        var row = [
            "id": a, "lane": "1", "rank": "0", "pos": "0", "retention": "0", "client": "1", "enqueued_at": "1",
            "prio": "0", "max_crashes": "3", "key_id": "0", "codec": "0", "state": "7", "finished_at": "1",
            "prune_at": "1", "payload": "''",
        ]
        row.merge(values) { _, new in new }
        let columns = row.sorted { $0.key < $1.key }
        return """
            INSERT INTO roost.job (\(columns.map(\.key).joined(separator: ", ")))
            VALUES (\(columns.map(\.value).joined(separator: ", ")));
            """
    }

    private static func ready(_ values: [String: String] = [:]) -> String {
        job(
            ["state": "1", "ready_at": "1", "finished_at": "NULL", "prune_at": "NULL"].merging(values) { _, new in new }
        )
    }

    private static func done() -> String {
        """
        INSERT INTO roost.done (id, lane, token, claims, client, enqueued_at, finished_at, prune_at, prio, attempt, failures,
            crashes, flags) VALUES (\(a), 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 0, 0);
        """
    }
}
