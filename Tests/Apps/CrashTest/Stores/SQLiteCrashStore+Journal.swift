import Foundation
import GRDB
import RoostCore
import RoostTesting

extension SQLiteCrashStore {
    /// The store's own record of actions tells what was asked.
    func journal(_ asked: [JobID: AskedAction]) throws -> [HistoryEvent] {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        return try database.read { db in
            let names = try Row.fetchAll(db, sql: "SELECT id, name FROM roost_name")
            let kinds = Dictionary(names.map { ($0["id"] as Int64, $0["name"] as String) }) { first, _ in first }
            let rows = try Row.fetchCursor(db, sql: "SELECT * FROM crash_journal ORDER BY number")
            var events: [HistoryEvent] = []
            while let row = try rows.next() { events.append(try Self.event(row, kinds)) }
            return events
        }
    }

    private static func event(_ row: Row, _ kinds: [Int64: String]) throws -> HistoryEvent {
        let number: Int64 = row["number"]
        let at: Int64 = row["at"]
        let what: String = row["what"]
        switch what {
        case "transition":
            return .transition(
                .init(
                    number: number,
                    at: at,
                    job: try id(row["job"]),
                    kind: kinds[row["kind"]] ?? "",
                    from: try (row["before"] as Int?).map(state),
                    to: try (row["after"] as Int?).map(state),
                    tokenBefore: row["token_before"],
                    token: row["token"],
                    claims: row["claims"],
                    attempt: row["attempt"],
                    crashes: row["crashes"],
                    openEdges: row["open"]
                )
            )
        case "lease":
            guard let change = HistoryEvent.LeaseChange.Change(rawValue: row["text"]) else { break }
            return .lease(
                .init(
                    number: number,
                    at: at,
                    token: row["token"],
                    worker: row["worker"],
                    change: change,
                    until: row["until"]
                )
            )
        case "worker":
            guard let change = HistoryEvent.WorkerChange.Change(rawValue: row["text"]) else { break }
            return .worker(
                .init(number: number, at: at, worker: row["worker"], process: row["process"], change: change)
            )
        case "action":
            let text: String = row["text"]
            let kind = HistoryEvent.OperatorAction.Kind(rawValue: text) ?? .other
            return .action(.init(number: number, at: at, kind: kind, job: JobID(row["target"] as String)))
        default:
            break
        }
        throw UnreadableStore(what: "a journal entry '\(what)' that does not exist")
    }
}
