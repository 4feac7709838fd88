import Foundation

/// The raw limit on Postgres: the store's own functions, called by `pgbench`, which comes with the server, in a store that Roost
/// filled. No worker, no wake-ups that anybody hears, no decoding.
///
/// How its functions are called stands here alone: each parameter by its name, as the server of the run has them.
struct RawPostgres {
    private let server: PostgresServer
    private let folder: URL

    /// - Parameter folder: where the scripts are written.
    init(_ server: PostgresServer, folder: URL) {
        self.server = server
        self.folder = folder
    }

    /// A claim and a settle of `batch` jobs each, over and over, by so many clients until `jobs` are settled.
    ///
    /// - Parameter isTogether: whether a settle and the next claim are one transaction.
    func drain(_ jobs: Int, batch: Int, clients: Int, isTogether: Bool) throws -> Figures {
        let lane = try server.sql("SELECT id FROM roost.lanes")
        let claim = try call(
            "claim",
            [
                "now": "NULL", "uptime": "NULL", "worker": "1", "turn": "1", "after": "0", "limit": "\(batch)",
                "lease": "30000000", "solo": "true",
                "lanes": "'{\(lane)}'", "groups": "'{0}'", "newest_lane": "1000", "prio": "ARRAY[:prio::integer]",
                "rank": "ARRAY[:rank::bigint]", "pos": "ARRAY[:pos::bigint]",
            ]
        )
        let settle = try call(
            "settle",
            [
                "now": "NULL", "sender": "NULL", "worker": "1", "jobs": ":ids::uuid[]", "tokens": ":tokens::bigint[]",
                "ends": "NULL", "started": ":started::bigint[]", "outputs": "NULL", "delays": "NULL",
                "uses_retry": "NULL",
                "failures": "NULL", "added": "NULL",
            ]
        )
        // As a worker does, each claim looks behind the last job of the one before.
        let claimed = """
            SELECT coalesce(array_agg(id), '{}')::text AS ids, coalesce(array_agg(token), '{}')::text AS tokens, \
            coalesce(array_agg(enqueued_at), '{}')::text AS started, coalesce(max(prio), :prio::integer) AS prio, \
            coalesce(max(rank), :rank::bigint) AS rank, coalesce(max(pos), :pos::bigint) AS pos FROM \(claim) \\gset
            """
        let settled = "SELECT has_more FROM \(settle);"
        let script = isTogether ? "BEGIN;\n\(settled)\n\(claimed)\nCOMMIT;" : "\(claimed)\n\(settled)"
        // The last transaction of those that do both settles what the one before it has claimed.
        let calls = jobs / batch / clients + (isTogether ? 1 : 0)
        let start = [
            "ids": "{}", "tokens": "{}", "started": "{}", "prio": "\(Int32.min)", "rank": "\(Int64.min)", "pos": "0",
        ]
        let rate = try pgbench(script, calls: calls, clients: clients, start)
        let left = try server.number("SELECT count(*) FROM roost.job")
        guard left < Double(jobs) / 20 else { throw Failure("the raw limit left \(Int(left)) of \(jobs) jobs") }
        return ["jobs_per_second": (Double(jobs) - left) * rate / Double(calls * clients)]
    }

    /// Enqueues of `batch` jobs a call.
    func enqueue(_ jobs: Int, batch: Int) throws -> Figures {
        // Its lane, and the store itself.
        _ = try Child.run(["fill", server.url, "1", "ready"])
        func all(_ value: String) -> String { "array_fill(\(value), ARRAY[\(batch)])" }
        // Ids rise with time, as those of the client do.
        let ids =
            "ARRAY(SELECT lpad(to_hex(:number::bigint * \(batch) + i), 32, '0')::uuid FROM generate_series(1, \(batch)) i)"
        let enqueue = try call(
            "enqueue_plain",
            [
                "now": "NULL", "sender": "NULL", "client": "'raw'", "queues": "'{default}'", "kinds": "'{raw}'",
                "ids": ids,
                "lanes": all("1"), "prio": all("-1"), "rank": "NULL", "delay": "NULL", "due": "NULL",
                "expires_after": "NULL",
                "expires": "NULL",
                "max_crashes": all("3"), "retention": all("86400000000"), "graph": "NULL", "codec": "NULL",
                "key_id": "NULL",
                "options": "NULL", "headers": "NULL", "payload": all("'{}'::bytea"),
            ]
        )
        let rate = try pgbench(
            "\\set number :number + 1\nSELECT \(enqueue);",
            calls: jobs / batch,
            clients: 1,
            ["number": "0"]
        )
        let stored = try server.number("SELECT count(*) FROM roost.job")
        guard stored == Double(jobs + 1) else { throw Failure("the raw limit stored \(Int(stored)) jobs") }
        return ["jobs_per_second": rate * Double(batch)]
    }

    /// One commit a row, of a row as a job needs it: a table with a key and one index. Frozen: it must not move with what is measured
    /// against it.
    func commits(_ count: Int) throws -> Figures {
        try server.sql(
            """
            CREATE TABLE raw_job (
                id uuid PRIMARY KEY, lane bigint NOT NULL, prio integer NOT NULL, rank bigint NOT NULL, pos bigint NOT NULL,
                state smallint NOT NULL, token bigint NOT NULL, retention bigint NOT NULL, enqueued_at bigint NOT NULL,
                ready_at bigint, payload bytea NOT NULL);
            CREATE INDEX raw_job_lane ON raw_job (lane, prio, rank, pos) WHERE state = 1;
            """
        )
        let script = """
            \\set number :number + 1
            INSERT INTO raw_job VALUES (lpad(to_hex(:number::bigint), 32, '0')::uuid, 1, -1, 0, :number, 1, 0, 86400000000, \
            1700000000000000, 1700000000000000, '{}');
            """
        return ["jobs_per_second": try pgbench(script, calls: count, clients: 1, ["number": "0"])]
    }

    /// `roost.name(p_a => …)`.
    ///
    /// - Parameter values: by the names of the parameters, without the `p_` before them.
    private func call(_ function: String, _ values: [String: String]) throws -> String {
        let names = try server.sql(
            """
            SELECT string_agg(a.name, ' ' ORDER BY a.ord)
            FROM pg_proc p, unnest(p.proargnames, p.proargmodes) WITH ORDINALITY a (name, mode, ord)
            WHERE p.pronamespace = 'roost'::regnamespace AND p.proname = '\(function)' AND coalesce(a.mode, 'i') = 'i'
            """
        ).split(separator: " ")
        let arguments = try names.map { name in
            guard name.hasPrefix("p_"), let value = values[String(name.dropFirst(2))] else {
                throw Failure("the raw limit does not know what to give \(function) for \(name): RawPostgres.swift")
            }
            return "\(name) => \(value)"
        }
        guard !arguments.isEmpty else { throw Failure("there is no function roost.\(function)") }
        return "roost.\(function)(\(arguments.joined(separator: ", ")))"
    }

    /// - Returns: how many times a second the script ran.
    private func pgbench(_ script: String, calls: Int, clients: Int, _ variables: [String: String]) throws -> Double {
        let file = folder.appending(path: "pgbench.sql")
        try Data((script + "\n").utf8).write(to: file)
        var arguments = [
            "-n", "-M", "prepared", "-c", "\(clients)", "-j", "\(min(clients, 2))", "-t", "\(calls)", "-f", file.path,
        ]
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) { arguments += ["-D", "\(name)=\(value)"] }
        let child = try server.client("pgbench", arguments + ["postgres"])
        var rate: Double?
        while let line = try child.line() {
            // tps = 6127.3 (without initial connection time)
            guard line.hasPrefix("tps = ") else { continue }
            rate = line.split(separator: " ").dropFirst(2).first.flatMap { Double($0) }
        }
        guard let rate, try child.status() == 0 else { throw Failure("pgbench failed") }
        return rate
    }
}
