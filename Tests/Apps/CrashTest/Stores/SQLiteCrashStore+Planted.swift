import Foundation
import GRDB
import RoostCore

extension SQLiteCrashStore {
    private static let orphan: Int64 = 999_999

    func plant(_ fault: PlantedFault) async throws -> [String] {
        try await write { db in
            func job(_ state: Int) throws -> Data? {
                try Data.fetchOne(
                    db,
                    sql: "SELECT id FROM roost_job WHERE state = ? AND flags & 1 = 0 ORDER BY seq LIMIT 1",
                    arguments: [state]
                )
            }
            if fault == .orphan {
                try db.execute(
                    sql: "INSERT INTO roost_lease VALUES (?, 0, '', 0, 1, x'')",
                    arguments: [Self.orphan]
                )
                return [String(Self.orphan)]
            }
            guard let id = try job(fault.needsEnds ? 6 : 1) else { return [] }
            let sql =
                switch fault {
                case .loss: "DELETE FROM roost_job WHERE id = ?"
                case .miscount: "UPDATE roost_job SET claims = claims + 1 WHERE id = ?"
                case .resurrection, .orphan:
                    """
                    UPDATE roost_job SET state = 1, finished_at = NULL, prune_at = NULL, ready_at = enqueued_at
                    WHERE id = ?
                    """
                }
            try db.execute(sql: sql, arguments: [id])
            return [try Self.id(id).description]
        }
    }

    /// Puts each question's plant in, asks it, and takes the plant out again, so that nobody else sees it.
    func deafQuestions() async throws -> [String] {
        try await write { db in
            var deaf: [String] = []
            for question in SQLiteAudit.questions + SQLiteAudit.lastQuestions {
                guard let plant = SQLiteAudit.plants[question.name] else {
                    if !question.sql.contains("integrity_check") { deaf.append("\(question.name) (it has no plant)") }
                    continue
                }
                try db.inSavepoint {
                    let isQuiet = try String.fetchOne(db, sql: question.sql) == nil
                    try db.execute(sql: plant)
                    let isHeard = try String.fetchOne(db, sql: question.sql) != nil
                    if !isQuiet || !isHeard { deaf.append(question.name) }
                    return .rollback
                }
            }
            return deaf
        }
    }

    func mend(_ fault: PlantedFault) async throws {
        guard fault == .orphan else { return }
        try await write { try $0.execute(sql: "DELETE FROM roost_lease WHERE token = ?", arguments: [Self.orphan]) }
    }
}
