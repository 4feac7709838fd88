import Foundation
import Logging
import PostgresSupport
import RoostCore
import RoostPostgres

/// The server that tests share, each in a schema of its own: that of `scripts/with-services`, else one that is started here.
actor TestServer {
    static let shared = TestServer()

    private var own: Task<PostgresServer, any Error>?

    func url() async throws -> String {
        if let url = ProcessInfo.processInfo.environment["ROOST_POSTGRES_URL"] { return url }
        let start = own ?? Task { try await PostgresServer.start() }
        own = start
        return try await start.value.url
    }

    /// A name that no other test has.
    static func newSchema() -> String { "test_\(JobID().description.replacing("-", with: ""))" }

    static func newStore(
        schema: String = newSchema(),
        time: (any TimeSource)? = nil
    ) async throws -> PostgresStore {
        // No test of these looks at what a crash leaves, and a commit that waits for the disk takes long.
        let url = try await shared.url() + "?options=-csynchronous_commit%3Doff"
        // Which the store warns of.
        var logger = Logger(label: "roost.postgres")
        logger.logLevel = .error
        return try await PostgresStore(url, options: PostgresStoreOptions(schema: schema, time: time), logger: logger)
    }
}
