import Foundation
import RedisSupport
import RoostCore
import RoostRedis

/// The server that tests share, each in namespaces of its own: that of `scripts/with-services`, else one that is started here.
actor TestServer {
    static let shared = TestServer()

    private var own: Task<RedisServer, any Error>?

    private func url() async throws -> String {
        if let url = ProcessInfo.processInfo.environment["ROOST_REDIS_URL"] { return url }
        let start = own ?? Task { try await RedisServer.start() }
        own = start
        return try await start.value.url
    }

    /// A name that no other test has.
    static func newNamespace() -> String { "test-\(JobID())" }

    static func newStore(
        namespace: String = newNamespace(),
        time: (any TimeSource)? = nil
    ) async throws -> RedisStore {
        try await RedisStore(try await shared.url(), options: RedisStoreOptions(namespace: namespace, time: time))
    }
}
