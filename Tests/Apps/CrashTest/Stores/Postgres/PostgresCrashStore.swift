import PostgresSupport
import RoostCore
import RoostPostgres
import RoostTesting
import Synchronization

/// The schema `roost` on a Postgres server, seen from beside Roost: this side asks by `psql`.
final class PostgresCrashStore: CrashStore {
    let port: Int
    private let probe: PostgresProbe
    private let clock = Mutex(ServerClock())

    var noticesDeath: Bool { false }
    var runsInItsClient: Bool { false }
    var isJournalInOrder: Bool { false }

    init(port: Int) {
        self.port = port
        probe = PostgresProbe(port: port)
    }

    func open(patience: Duration) async throws -> any JobStore {
        let seconds = Double(patience / .milliseconds(1)) / 1000
        return try await PostgresStore("postgres://postgres@127.0.0.1:\(port)/postgres?timeout=\(seconds)")
    }

    func prepare(journal: Bool, crashPoints: Bool) async throws {
        let store = try await open(patience: .seconds(10))
        await store.close()
        // The audit asks for the tables, also where no journal is kept.
        try ask(PostgresJournal.tables + (journal ? PostgresJournal.triggers : ""))
    }

    @discardableResult
    func ask(_ sql: String) throws -> [[String]] { try probe.sql(sql) }

    private func number(_ sql: String) throws -> Int {
        guard let number = try ask(sql).first?.first.flatMap({ Int($0) }) else {
            throw UnreadableStore(what: "no number: \(sql)")
        }
        return number
    }

    // MARK: Looking

    /// The store's own record of actions tells what was asked.
    func journal(_ asked: [JobID: AskedAction]) throws -> [HistoryEvent] {
        let clock = clock.withLock { clock in
            clock.lookAgain()
            return clock
        }
        let lanes = try ask("SELECT id, kind FROM roost.lanes")
        let kinds = Dictionary(lanes.map { ($0[0], $0[1]) }) { first, _ in first }
        var journal = PostgresJournal(kinds: kinds, clock: clock)
        try journal.add(
            try ask("SELECT \(PostgresJournal.columns) FROM crash.journal ORDER BY xact, number")
        )
        return journal.events
    }

    func finalJobs() throws -> [History.FinalJob] {
        let rows = try ask(
            """
            SELECT j.id, l.kind, CASE WHEN j.state = 1 AND j.token <> 0 THEN 3 ELSE j.state END, j.token, j.claims, j.attempt, j.crashes
            FROM roost.job j JOIN roost.lanes l ON l.id = j.lane
            UNION ALL SELECT d.id, l.kind, 5, d.token, d.claims, d.attempt, d.crashes
            FROM roost.done d JOIN roost.lanes l ON l.id = d.lane
            """
        )
        return try rows.map { row in
            let numbers = row.dropFirst(2).compactMap { Int64($0) }
            guard let id = JobID(row[0]), numbers.count == 5 else { throw UnreadableStore(what: "a row \(row)") }
            return History.FinalJob(
                id: id,
                kind: row[1],
                state: try SQLiteCrashStore.state(Int(numbers[0])),
                token: numbers[1],
                claims: Int(numbers[2]),
                attempt: Int(numbers[3]),
                crashes: Int(numbers[4])
            )
        }
    }

    func leftovers() throws -> [String] {
        let rows = try ask(
            """
            SELECT l.kind, CASE WHEN j.state = 1 AND j.token <> 0 THEN 3 ELSE j.state END AS state, count(*)
            FROM roost.job j JOIN roost.lanes l ON l.id = j.lane WHERE j.state <= 4 GROUP BY 1, 2
            UNION ALL SELECT 'roost.lease', NULL, count(*) FROM roost.lease HAVING count(*) > 0
            UNION ALL SELECT 'roost.todo', NULL, count(*) FROM roost.todo HAVING count(*) > 0
            """
        )
        return try rows.map { row in
            guard let state = Int(row[1]) else { return "\(row[2]) in \(row[0])" }
            return "\(row[2]) \(try SQLiteCrashStore.state(state).rawValue) of \(row[0])"
        }
    }

    func knownWorkers() throws -> Int { try number("SELECT count(*) FROM roost.worker") }

    func leases(ofProcess process: Int32) throws -> Int {
        try number(
            "SELECT count(*) FROM roost.lease l JOIN roost.worker w ON w.id = l.worker WHERE w.process = \(process)"
        )
    }

    func succeededSoFar() throws -> Int { try number("SELECT coalesce(sum(succeeded), 0) FROM roost.minute") }

    func reasons() throws -> [(kind: String, reason: String)] {
        try ask(
            """
            SELECT l.kind, coalesce(j.failure::json ->> 'reason', '') FROM roost.job j JOIN roost.lanes l ON l.id = j.lane
            WHERE j.state >= 6
            """
        ).map { ($0[0], $0[1]) }
    }

    func audit() throws -> [(query: String, row: String)] {
        try findings(PostgresAudit.questions)
    }

    func lastAudit() throws -> [(query: String, row: String)] {
        try findings(PostgresAudit.questions + PostgresAudit.lastQuestions)
    }

    private func findings(_ questions: [(name: String, sql: String)]) throws -> [(query: String, row: String)] {
        try ask(PostgresAudit.sql(questions)).map { ($0[0], $0[1]) }
    }

    func sizes() -> [(name: String, bytes: Int)] {
        [("database", (try? number("SELECT pg_database_size(current_database())")) ?? 0)]
    }

    // MARK: Harming

    /// As who alters a table does.
    func block(for duration: Duration) async throws {
        let probe = probe
        let seconds = duration / .seconds(1)
        let task = Task.detached {
            try probe.sql("BEGIN; LOCK TABLE roost.job IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(\(seconds)); COMMIT")
        }
        _ = try await task.value
    }

    /// Where no file system can be mounted its scenario is left out.
    func obeyRoomLimit() async throws {}
}
