import GRDB
package import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Looks at the file of a store, and changes nothing in it.
package enum SQLiteExamination {
    /// All that is to be said, in the order in which it matters.
    ///
    /// - Parameter synchronous: with what the store would be opened; the file does not have it.
    package static func findings(path: String, synchronous: SQLiteStoreOptions.Synchronous) -> [StoreFinding] {
        guard FileManager.default.fileExists(atPath: path) else {
            return [
                StoreFinding(
                    .problem,
                    "reachable",
                    "there is no file '\(path)'",
                    meaning: "there are no jobs yet, or they are elsewhere",
                    advice: "look at the path; the first worker or enqueue makes the file"
                )
            ]
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.label = "roost.doctor"
        configuration.busyMode = .timeout(5)
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? database.close() }
            return try database.unsafeRead { try look($0, path: path) } + [finding(synchronous)]
        } catch {
            let error = StoreError.from(error, path: path, waited: .seconds(5))
            return [StoreFinding(.problem, "reachable", error.message, meaning: "nothing works")]
        }
    }

    private static func look(_ db: Database, path: String) throws -> [StoreFinding] {
        let version = try Schema.version(db)
        var findings = [
            StoreFinding(.ok, "reachable", "the file can be read"), schemaFinding(version), try journalFinding(db),
        ]
        findings += folderFindings(path)
        findings.append(try integrityFinding(db, path: path))
        if let version, (1...Schema.newest).contains(version) {
            let lanes = try ReadTransaction(db, names: NameTable()).counts()
            let totals = lanes.reduce(into: [:]) { $0.merge($1.byState, uniquingKeysWith: +) }
            findings.append(StoreFinding(.ok, "jobs", StoreFinding.counts(totals)))
        }
        return findings
    }

    private static func schemaFinding(_ version: Int?) -> StoreFinding {
        switch version {
        case nil:
            StoreFinding(
                .ok,
                "schema",
                "Roost has no tables here yet",
                meaning: "the first worker or enqueue makes them"
            )
        case let version? where version > Schema.newest:
            StoreFinding(
                .problem,
                "schema",
                "version \(version), and this Roost knows up to \(Schema.newest)",
                meaning: "a newer Roost wrote it, and this one does not open it",
                advice: "update this program's Roost"
            )
        case let version? where version < 1:
            StoreFinding(
                .problem,
                "schema",
                "a table roost_meta that is not Roost's own",
                meaning: "Roost does not open this file",
                advice: "rename the table, or give Roost another file"
            )
        case let version?:
            StoreFinding(
                .ok,
                "schema",
                version == Schema.newest
                    ? "version \(version)" : "version \(version); the next opening makes it \(Schema.newest)"
            )
        }
    }

    private static func journalFinding(_ db: Database) throws -> StoreFinding {
        let mode = try Query(db, "PRAGMA journal_mode").first { $0.text(0) } ?? ""
        guard mode != "wal" else { return StoreFinding(.ok, "journal", "wal") }
        return StoreFinding(
            .ok,
            "journal",
            "\(mode); opening it as a store makes it wal",
            meaning: "with wal readers do not wait for the writer"
        )
    }

    private static func folderFindings(_ path: String) -> [StoreFinding] {
        let folder = URL(filePath: path).standardizedFileURL.deletingLastPathComponent().path
        let files = FileManager.default
        guard !files.isWritableFile(atPath: path) || !files.isWritableFile(atPath: folder) else { return [] }
        return [
            StoreFinding(
                .problem,
                "permissions",
                "this user cannot write the file, or not its folder",
                meaning: "nothing can be enqueued or worked on",
                advice: "let this user write both: SQLite keeps '-wal' and '-shm' beside the file"
            )
        ]
    }

    private static func integrityFinding(_ db: Database, path: String) throws -> StoreFinding {
        let errors = try Query(db, "PRAGMA quick_check(3)").all { $0.text(0) }
        guard errors != ["ok"] else { return StoreFinding(.ok, "integrity", "quick check passed") }
        return StoreFinding(
            .problem,
            "integrity",
            errors.joined(separator: "; "),
            meaning: "the file is damaged",
            advice: "stop all workers, keep a copy, then restore a backup or use sqlite3 .recover"
        )
    }

    private static func finding(_ synchronous: SQLiteStoreOptions.Synchronous) -> StoreFinding {
        switch synchronous {
        case .full:
            StoreFinding(
                .ok,
                "synchronous",
                "full",
                meaning: "what was acknowledged is on disk, also if the machine fails"
            )
        case .normal:
            StoreFinding(
                .warning,
                "synchronous",
                "normal",
                meaning: "if the machine fails, the last commits may be lost",
                advice: "leave it out where no job may be lost"
            )
        case .off:
            StoreFinding(
                .warning,
                "synchronous",
                "off",
                meaning: "if the machine fails, jobs may be lost and the file may be damaged",
                advice: "leave it out where no job may be lost"
            )
        }
    }
}
