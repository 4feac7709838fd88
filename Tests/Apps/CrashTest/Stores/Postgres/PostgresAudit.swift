/// Questions about one snapshot of a Postgres store that must have no answer, since each is false after every commit. Each
/// answers one column of text, `r`; the number is that of the invariant in the design (§5).
enum PostgresAudit {
    static let questions: [(name: String, sql: String)] = [
        ("0 a job is in both tables", "SELECT j.id::text AS r FROM roost.job j JOIN roost.done d ON d.id = j.id"),
        ("0 a job is lost between the tables", "SELECT id::text AS r FROM crash.moving"),
        (
            "0 a job is in a state that does not exist here",
            "SELECT id::text AS r FROM roost.job WHERE state NOT IN (0, 1, 4, 6, 7, 8, 9)"
        ),
        (
            "3 a job that does not run has a token",
            "SELECT id::text AS r FROM roost.job WHERE state <> 1 AND token <> 0"
        ),
        (
            "1 a running job has no lease, or is not a member of it",
            """
            SELECT j.id::text AS r FROM roost.job j LEFT JOIN roost.lease l ON l.token = j.token
            WHERE j.state = 1 AND j.token <> 0 AND (l.token IS NULL OR j.id <> ALL (l.members))
            """
        ),
        (
            "1 a lease counts its open jobs wrong, or has none",
            """
            SELECT l.token || ': ' || l.open || ' and ' || coalesce(n.number, 0) AS r FROM roost.lease l
            LEFT JOIN (SELECT token, count(*) AS number FROM roost.job WHERE state = 1 GROUP BY token) n ON n.token = l.token
            WHERE l.open <> coalesce(n.number, 0) OR l.open <= 0
            """
        ),
        (
            "10 a lease is of a worker that is not known",
            "SELECT token::text AS r FROM roost.lease WHERE worker NOT IN (SELECT id FROM roost.worker)"
        ),
        (
            "2 a lease or a place has a number that was not given out",
            """
            SELECT 'token ' || token AS r FROM roost.lease WHERE token > (SELECT last_value FROM roost.token)
            UNION ALL SELECT 'place ' || pos FROM roost.job WHERE pos > (SELECT last_value FROM roost.place)
            """
        ),
        (
            "13 two ready jobs stand in one place",
            "SELECT pos::text AS r FROM roost.job WHERE state = 1 GROUP BY pos HAVING count(*) > 1"
        ),
        (
            "0 a job's times do not fit its state",
            """
            SELECT id || ' ' || state AS r FROM roost.job WHERE (state = 0) <> (due IS NOT NULL AND state <> 4)
            OR (state = 1 AND ready_at IS NULL) OR (state >= 5) <> (finished_at IS NOT NULL) OR (state >= 5) <> (prune_at IS NOT NULL)
            """
        ),
        (
            "4 a cancel is asked of a job that does not run",
            "SELECT id::text AS r FROM roost.job WHERE cancel AND NOT (state = 1 AND token <> 0)"
        ),
        (
            "2 a job's counters cannot be",
            """
            SELECT id::text AS r FROM roost.job WHERE claims < 0 OR attempt < 0 OR attempt > claims OR failures < 0 OR crashes < 0
            OR failures + crashes > attempt OR open < 0
            UNION ALL SELECT id::text FROM roost.done WHERE claims < 1 OR attempt < 1 OR attempt > claims OR token < 1
            """
        ),
        (
            "9 a waiting job counts its open edges wrong, or has none",
            """
            SELECT j.id || ': ' || j.open || ' and ' || count(e.child) AS r FROM roost.job j
            LEFT JOIN roost.edge e ON e.child = j.id AND NOT e.resolved
            WHERE j.state = 4 GROUP BY j.id, j.open HAVING j.open <> count(e.child) OR count(e.child) = 0
            """
        ),
        (
            "9 an open edge leads to a job that does not wait",
            """
            SELECT e.parent || ' to ' || e.child AS r FROM roost.edge e LEFT JOIN roost.job j ON j.id = e.child
            WHERE NOT e.resolved AND (j.id IS NULL OR j.state <> 4)
            """
        ),
        (
            "9 an edge leads to a job that is gone",
            "SELECT child::text AS r FROM roost.edge WHERE child NOT IN (SELECT id FROM roost.job)"
        ),
        (
            "9 an open edge is of a job that has ended, or will not tell of its end, and nothing is left to be done",
            """
            SELECT e.parent || ' to ' || e.child AS r FROM roost.edge e LEFT JOIN roost.job p ON p.id = e.parent
            WHERE NOT e.resolved AND (p.id IS NULL OR p.state >= 5 OR p.flags & 1 = 0)
            AND NOT EXISTS (SELECT FROM roost.todo t WHERE t.what = 0 AND t.job = e.parent)
            """
        ),
        (
            "6 two unfinished jobs have one unique key",
            """
            SELECT encode(unique_key, 'hex') AS r FROM roost.job
            WHERE state <= 4 AND unique_key IS NOT NULL AND unique_period IS NULL AND unique_states & 31 = 31
            GROUP BY unique_key HAVING count(*) > 1
            """
        ),
        (
            "6 an unfinished job does not hold its unique key",
            """
            SELECT j.id::text AS r FROM roost.job j WHERE j.state <= 4 AND j.unique_key IS NOT NULL AND j.unique_period IS NULL
            AND j.unique_states & 31 = 31
            AND NOT EXISTS (SELECT FROM roost.unique_key u WHERE u.key = j.unique_key AND u.job = j.id)
            """
        ),
        (
            "0 the log tells of attempts of a job that is gone",
            """
            SELECT a.job::text AS r FROM roost.attempt a WHERE NOT EXISTS (SELECT FROM roost.job j WHERE j.id = a.job)
            AND NOT EXISTS (SELECT FROM roost.done d WHERE d.id = a.job)
            """
        ),
    ]

    /// Questions for the end alone, with a journal: they read all of it.
    static let lastQuestions: [(name: String, sql: String)] = [
        (
            "0 the minutes count other numbers of ends than the journal tells",
            """
            SELECT c.event || ': ' || c.number || ' and ' || coalesce(t.number, 0) AS r FROM (
                SELECT 'enqueued' AS event, coalesce(sum(enqueued), 0) AS number FROM roost.minute
                UNION ALL SELECT 'succeeded', coalesce(sum(succeeded), 0) FROM roost.minute
                UNION ALL SELECT 'failed', coalesce(sum(failed), 0) FROM roost.minute
                UNION ALL SELECT 'cancelled', coalesce(sum(cancelled), 0) FROM roost.minute
                UNION ALL SELECT 'expired', coalesce(sum(expired), 0) FROM roost.minute
                UNION ALL SELECT 'skipped', coalesce(sum(skipped), 0) FROM roost.minute) c
            LEFT JOIN (
                SELECT CASE WHEN was IS NULL THEN 'enqueued' ELSE CASE became WHEN 5 THEN 'succeeded' WHEN 6 THEN 'failed'
                    WHEN 7 THEN 'cancelled' WHEN 8 THEN 'expired' WHEN 9 THEN 'skipped' END END AS event, count(*) AS number
                FROM crash.journal WHERE what = 'transition' GROUP BY 1) t ON t.event = c.event
            WHERE c.number <> coalesce(t.number, 0)
            """
        )
    ]

    /// All of them in one statement, and so in one snapshot: a row has the question's name, and what it answers.
    static func sql(_ questions: [(name: String, sql: String)]) -> String {
        questions.map { question in
            "(SELECT '\(question.name.replacing("'", with: "''"))', q.r FROM (\(question.sql)) q LIMIT 5)"
        }.joined(separator: "\nUNION ALL\n")
    }
}
