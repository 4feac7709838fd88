import Logging
import RoostCore
import RoostPostgresClient

/// The settings that decide whether what was acknowledged outlives a crash, as they are for this connection.
struct DurabilitySettings: Sendable, Equatable {
    var fsync = true
    /// on, off, local, remote_write or remote_apply.
    var synchronousCommit = "on"
    var fullPageWrites = true

    init() {}

    // MARK: Reading

    /// Of a query, for ``init(_:from:)``.
    static let columns = """
        current_setting('fsync')::boolean, current_setting('synchronous_commit'), current_setting('full_page_writes')::boolean
        """

    init(_ result: PostgresResult, from column: Int) throws(PostgresError) {
        fsync = try result.bool(0, column)
        synchronousCommit = try result.text(0, column + 1)
        fullPageWrites = try result.bool(0, column + 2)
    }

    // MARK: Judging

    /// What can lose jobs; else one that says that nothing does.
    var findings: [StoreFinding] {
        var findings: [StoreFinding] = []
        if !fsync {
            findings.append(
                StoreFinding(
                    .problem,
                    "durability",
                    "fsync off",
                    meaning: "if the machine fails, all jobs may be lost, and the whole database with them",
                    advice: "set fsync = on in postgresql.conf, and reload the server"
                )
            )
        }
        if synchronousCommit == "off" {
            findings.append(
                StoreFinding(
                    .warning,
                    "durability",
                    "synchronous_commit off",
                    meaning: "if the server crashes, what was acknowledged in about the last second is lost",
                    advice:
                        "set synchronous_commit = on: for the server, the user, the database, or in the URL's options"
                )
            )
        }
        if !fullPageWrites {
            findings.append(
                StoreFinding(
                    .warning,
                    "durability",
                    "full_page_writes off",
                    meaning: """
                        if the machine fails, pages may be half written and jobs lost, unless the file system writes each whole, \
                        as ZFS does
                        """,
                    advice: "set full_page_writes = on in postgresql.conf, and reload the server"
                )
            )
        }
        guard findings.isEmpty else { return findings }
        return [
            StoreFinding(
                .ok,
                "durability",
                "fsync on, synchronous_commit \(synchronousCommit)",
                meaning: "what was acknowledged is on disk, also if the machine fails"
            )
        ]
    }

    /// Logs a warning of each setting that can lose jobs.
    func tell(_ logger: Logger, of store: String) {
        for finding in findings where finding.severity != .ok {
            logger.warning("\(finding.line)", metadata: ["store": "\(store)"])
        }
    }
}
