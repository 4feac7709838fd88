import GRDB
import RoostCore

/// One step of the schema. Steps are only ever added: a database is brought forward, never back.
protocol SchemaStep {
    /// The version the database has afterwards.
    static var version: Int { get }
    static var sql: String { get }
}

/// Brings a database to the schema of this version of Roost.
enum Schema {
    static var steps: [any SchemaStep.Type] { [Schema1.self] }

    static var newest: Int { steps.last?.version ?? 0 }

    /// The version of the database, or nil where Roost has no tables in it.
    static func version(_ db: Database) throws -> Int? {
        let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'roost_meta'"
        guard try Query(db, sql).first({ _ in true }) != nil else { return nil }
        return try Query(db, "SELECT value FROM roost_meta WHERE key = 'schema'").first { Int($0.int(0)) } ?? 0
    }

    /// - Throws: `StoreError` with code `newerSchema`.
    static func migrate(_ db: Database, path: String, epoch: JobID) throws {
        let found = try version(db)
        if let found, found > newest {
            throw StoreError(
                .newerSchema,
                """
                '\(path)' has schema \(found), and this Roost knows up to \(newest): it was written by a newer version. \
                Upgrade this program's Roost.
                """
            )
        }
        if let found, found < 1 {
            throw StoreError(
                .foreign,
                "'\(path)' has a table roost_meta that is not Roost's own: rename it or use another file"
            )
        }
        guard (found ?? 0) < newest else { return }
        for step in steps where step.version > (found ?? 0) {
            try db.execute(sql: step.sql)
        }
        try db.execute(
            sql:
                "INSERT INTO roost_meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            arguments: [newest]
        )
        if found == nil {
            try db.execute(
                sql: "INSERT INTO roost_meta (key, value) VALUES ('namespace', ''), ('epoch', ?)",
                arguments: [epoch.description]
            )
        }
    }
}
