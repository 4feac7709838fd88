/// Questions about one snapshot of a SQLite store that must have no answer, since each is false after every commit.
enum SQLiteAudit {
    /// `crash_is_member` is a function of the auditor's own connection. Each answers one column of text; the number is
    /// that of the invariant in the design (§5).
    static let questions: [(name: String, sql: String)] = [
        ("0 a job is in both tables", "SELECT hex(j.id) FROM roost_job j JOIN roost_done d ON d.id = j.id"),
        ("0 a job is lost between the tables", "SELECT hex(id) FROM crash_moving"),
        (
            "0 a job is in a state that does not exist here",
            "SELECT hex(id) FROM roost_job WHERE state NOT IN (0, 1, 3, 4, 6, 7, 8, 9)"
        ),
        ("3 a job that does not run has a token", "SELECT hex(id) FROM roost_job WHERE state <> 3 AND token <> 0"),
        (
            "1 a running job has no lease, or is not a member of it",
            """
            SELECT hex(j.id) FROM roost_job j LEFT JOIN roost_lease l ON l.token = j.token
            WHERE j.state = 3 AND (l.token IS NULL OR NOT crash_is_member(l.members, j.seq))
            """
        ),
        (
            "1 a lease counts its open jobs wrong, or has none",
            """
            SELECT l.token || ': ' || l.open || ' and ' || ifnull(r.number, 0) FROM roost_lease l
            LEFT JOIN (SELECT token, count(*) AS number FROM roost_job WHERE state = 3 GROUP BY token) r ON r.token = l.token
            WHERE l.open <> ifnull(r.number, 0) OR l.open <= 0
            """
        ),
        (
            "10 a lease is of a worker that is not known",
            "SELECT token FROM roost_lease WHERE worker NOT IN (SELECT id FROM roost_worker)"
        ),
        (
            "2 a lease or a worker has a number that was not given out",
            """
            SELECT 'token ' || token FROM roost_lease WHERE token > (SELECT token FROM roost_counter)
            UNION ALL SELECT 'worker ' || id FROM roost_worker WHERE id > (SELECT worker FROM roost_counter)
            UNION ALL SELECT 'place ' || pos FROM roost_job WHERE pos > (SELECT pos FROM roost_counter)
            """
        ),
        (
            "13 two ready jobs stand in one place",
            "SELECT pos FROM roost_job WHERE state = 1 GROUP BY pos HAVING count(*) > 1"
        ),
        (
            "0 a job's times do not fit its state",
            """
            SELECT hex(id) || ' ' || state FROM roost_job WHERE (state = 0) <> (due IS NOT NULL AND state <> 4)
            OR (state = 1 AND ready_at IS NULL) OR (state >= 5) <> (finished_at IS NOT NULL) OR (state >= 5) <> (prune_at IS NOT NULL)
            """
        ),
        (
            "4 a cancel is asked of a job that does not run",
            "SELECT hex(id) FROM roost_job WHERE cancel IS NOT NULL AND state <> 3"
        ),
        (
            "2 a job's counters cannot be",
            """
            SELECT hex(id) FROM roost_job WHERE claims < 0 OR attempt < 0 OR attempt > claims OR failures < 0 OR crashes < 0
            OR failures + crashes > attempt OR open < 0
            UNION ALL SELECT hex(id) FROM roost_done WHERE claims < 1 OR attempt < 1 OR attempt > claims OR token < 1
            """
        ),
        (
            "9 a waiting job counts its open edges wrong, or has none",
            """
            SELECT hex(j.id) || ': ' || j.open || ' and ' || count(e.child) FROM roost_job j
            LEFT JOIN roost_edge e ON e.child = j.seq AND e.resolved = 0
            WHERE j.state = 4 GROUP BY j.seq HAVING j.open <> count(e.child) OR count(e.child) = 0
            """
        ),
        (
            "9 an open edge leads to a job that does not wait",
            """
            SELECT hex(e.parent) || ' to ' || e.child FROM roost_edge e LEFT JOIN roost_job j ON j.seq = e.child
            WHERE e.resolved = 0 AND (j.seq IS NULL OR j.state <> 4)
            """
        ),
        (
            "9 an edge leads to a job that is gone",
            "SELECT child FROM roost_edge WHERE child NOT IN (SELECT seq FROM roost_job)"
        ),
        (
            "9 an open edge is of a job that has ended, or will not tell of its end, and nothing is left to be done",
            """
            SELECT hex(e.parent) || ' to ' || e.child FROM roost_edge e LEFT JOIN roost_job p ON p.id = e.parent
            WHERE e.resolved = 0 AND (p.id IS NULL OR p.state >= 5 OR p.flags & 1 = 0)
            AND NOT EXISTS (SELECT 1 FROM roost_todo t WHERE t.kind = 0 AND t.job = e.parent)
            """
        ),
        (
            "6 two unfinished jobs have one unique key",
            """
            SELECT uniq FROM roost_job WHERE state <= 4 AND uniq IS NOT NULL AND uniq_period IS NULL AND uniq_states & 31 = 31
            GROUP BY uniq HAVING count(*) > 1
            """
        ),
        (
            "6 an unfinished job does not hold its unique key",
            """
            SELECT hex(j.id) FROM roost_job j WHERE j.state <= 4 AND j.uniq IS NOT NULL AND j.uniq_period IS NULL
            AND j.uniq_states & 31 = 31
            AND NOT EXISTS (SELECT 1 FROM roost_unique u WHERE u.key = j.uniq AND u.job = j.id)
            """
        ),
        (
            "0 the log tells of attempts of a job that is gone",
            """
            SELECT hex(a.job) FROM roost_attempt a WHERE NOT EXISTS (SELECT 1 FROM roost_job j WHERE j.id = a.job)
            AND NOT EXISTS (SELECT 1 FROM roost_done d WHERE d.id = a.job)
            """
        ),
    ]

    /// Questions for the end alone, with a journal: they read all of it.
    static let lastQuestions: [(name: String, sql: String)] = [
        ("0 the file is damaged", "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
        (
            "0 the minutes count other numbers of ends than the journal tells",
            """
            WITH counted AS (SELECT 'enqueued' AS event, sum(enqueued) AS number FROM roost_minute
                UNION ALL SELECT 'succeeded', sum(succeeded) FROM roost_minute
                UNION ALL SELECT 'failed', sum(failed) FROM roost_minute
                UNION ALL SELECT 'cancelled', sum(cancelled) FROM roost_minute
                UNION ALL SELECT 'expired', sum(expired) FROM roost_minute
                UNION ALL SELECT 'skipped', sum(skipped) FROM roost_minute),
            told AS (SELECT CASE WHEN before IS NULL THEN 'enqueued' ELSE CASE after WHEN 5 THEN 'succeeded'
                WHEN 6 THEN 'failed' WHEN 7 THEN 'cancelled' WHEN 8 THEN 'expired' WHEN 9 THEN 'skipped' END END AS event,
                count(*) AS number FROM crash_journal WHERE what = 'transition' GROUP BY 1)
            SELECT c.event || ': ' || c.number || ' and ' || ifnull(t.number, 0) FROM counted c
            LEFT JOIN told t ON t.event = c.event WHERE c.number <> ifnull(t.number, 0)
            """
        ),
    ]
}
