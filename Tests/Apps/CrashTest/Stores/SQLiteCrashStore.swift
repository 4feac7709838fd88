import Foundation
import GRDB
import RoostCore
import RoostSQLite
import RoostTesting

/// A SQLite file, seen from beside Roost: this side opens it by GRDB alone.
final class SQLiteCrashStore: CrashStore {
    let path: String
    var noticesDeath: Bool { true }
    var runsInItsClient: Bool { true }
    var isJournalInOrder: Bool { true }

    init(path: String) {
        self.path = path
        SQLiteFunctions.install()
    }

    func open(patience: Duration) async throws -> any JobStore {
        // As by `.sqlite(path)`, that is with FULL; only the patience is the test's.
        try SQLiteStore(path: path, options: SQLiteStoreOptions(busyTimeout: patience))
    }

    func prepare(journal: Bool, crashPoints: Bool) async throws {
        let store = try await open(patience: .seconds(10))
        await store.close()
        // The audit asks for the tables, also where no journal is kept.
        let parts = [
            SQLiteJournal.tables, journal ? SQLiteJournal.triggers : "", crashPoints ? SQLiteJournal.crashPoints : "",
        ]
        try await execute(parts.joined(separator: "\n"))
    }

    func obeyRoomLimit() async throws {
        try await execute(SQLiteJournal.roomLimit)
    }

    private func execute(_ sql: String) async throws {
        try await write { try $0.execute(sql: sql) }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        let database = try DatabaseQueue(path: path, configuration: Self.configuration())
        defer { try? database.close() }
        return try await database.write(body)
    }

    // MARK: Looking

    func finalJobs() throws -> [History.FinalJob] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT j.id, n.name AS kind, j.state, j.token, j.claims, j.attempt, j.crashes
                    FROM roost_job j JOIN roost_name n ON n.id = j.kind
                    UNION ALL SELECT d.id, n.name, 5, d.token, d.claims, d.attempt, d.crashes
                    FROM roost_done d JOIN roost_name n ON n.id = d.kind
                    """
            ).map { row in
                History.FinalJob(
                    id: try Self.id(row["id"]),
                    kind: row["kind"],
                    state: try Self.state(row["state"]),
                    token: row["token"],
                    claims: row["claims"],
                    attempt: row["attempt"],
                    crashes: row["crashes"]
                )
            }
        }
    }

    func leftovers() throws -> [String] {
        try read { db in
            var found: [String] = []
            let unfinished = try Row.fetchAll(
                db,
                sql: """
                    SELECT n.name AS kind, j.state AS state, count(*) AS number FROM roost_job j JOIN roost_name n ON n.id = j.kind
                    WHERE j.state <= 4 GROUP BY n.name, j.state
                    """
            )
            for row in unfinished {
                let state = try Self.state(row["state"])
                found.append("\(row["number"] as Int) \(state.rawValue) of \(row["kind"] as String)")
            }
            for table in ["lease", "todo"] {
                let number = try Int.fetchOne(db, sql: "SELECT count(*) FROM roost_\(table)") ?? 0
                if number > 0 { found.append("\(number) in roost_\(table)") }
            }
            return found
        }
    }

    func knownWorkers() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM roost_worker") ?? 0 }
    }

    func leases(ofProcess process: Int32) throws -> Int {
        try read { db in
            try Int.fetchOne(
                db,
                sql: "SELECT count(*) FROM roost_lease l JOIN roost_worker w ON w.id = l.worker WHERE w.process = ?",
                arguments: [process]
            ) ?? 0
        }
    }

    func succeededSoFar() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT ifnull(sum(succeeded), 0) FROM roost_minute") ?? 0 }
    }

    func reasons() throws -> [(kind: String, reason: String)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT n.name AS kind, ifnull(json_extract(CAST(j.failure AS TEXT), '$.reason'), '') AS reason
                    FROM roost_job j JOIN roost_name n ON n.id = j.kind WHERE j.state >= 6
                    """
            ).map { ($0["kind"], $0["reason"]) }
        }
    }

    func audit() throws -> [(query: String, row: String)] {
        try ask(SQLiteAudit.questions)
    }

    func lastAudit() throws -> [(query: String, row: String)] {
        try ask(SQLiteAudit.questions + SQLiteAudit.lastQuestions)
    }

    private func ask(_ questions: [(name: String, sql: String)]) throws -> [(query: String, row: String)] {
        try read { db in
            try questions.flatMap { question in
                try String.fetchAll(db, sql: question.sql + " LIMIT 5").map { (question.name, $0) }
            }
        }
    }

    func sizes() -> [(name: String, bytes: Int)] {
        [("database", path), ("wal", path + "-wal")].map { name, path in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (name, (attributes?[.size] as? Int) ?? 0)
        }
    }

    // MARK: Harming

    func block(for duration: Duration) async throws {
        let database = try DatabaseQueue(path: path, configuration: Self.configuration())
        defer { try? database.close() }
        try await database.writeWithoutTransaction { db in
            try db.execute(sql: "BEGIN EXCLUSIVE")
            usleep(UInt32(duration / .microseconds(1)))
            try db.execute(sql: "ROLLBACK")
        }
    }

    // MARK: Connections

    private func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        var configuration = Self.configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        return try database.read(body)
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        configuration.prepareDatabase { db in
            db.add(
                function: DatabaseFunction("crash_is_member", argumentCount: 2, pure: true) { values in
                    guard let members = Data.fromDatabaseValue(values[0]), let seq = Int64.fromDatabaseValue(values[1])
                    else { return false }
                    return stride(from: 0, to: members.count - 7, by: 8).contains { start in
                        members.dropFirst(start).prefix(8).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) } == seq
                    }
                }
            )
        }
        return configuration
    }

    // MARK: Values

    static func id(_ bytes: Data) throws -> JobID {
        guard let id = JobID(bytes: bytes) else { throw UnreadableStore(what: "an id of \(bytes.count) bytes") }
        return id
    }

    /// The numbers of the schema, written down here once more: the tests must not take them from the code they test.
    static func state(_ code: Int) throws -> JobState {
        let states: [JobState] = [
            .scheduled, .ready, .held, .running, .waiting, .succeeded, .failed, .cancelled, .expired, .skipped,
        ]
        guard states.indices.contains(code) else { throw UnreadableStore(what: "a state \(code)") }
        return states[code]
    }
}

/// The store holds what it never may.
struct UnreadableStore: Error, CustomStringConvertible {
    let what: String

    var description: String { "the store holds \(what)" }
}
