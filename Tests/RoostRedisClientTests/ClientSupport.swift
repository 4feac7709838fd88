import Logging
import RedisSupport
import Synchronization

@testable import RoostRedisClient

extension RedisServer {
    /// One that keeps nothing, with these lines in its configuration.
    static func bare(lines: [String] = []) async throws -> RedisServer {
        try await start(.init(appendOnly: nil, lines: lines))
    }

    var address: RedisAddress { .host("127.0.0.1", port: port) }

    var configuration: RedisConfiguration { RedisConfiguration(topology: .servers([address])) }
}

extension RedisClient {
    convenience init(_ server: RedisServer, _ change: (inout RedisConfiguration) -> Void = { _ in }) {
        var configuration = server.configuration
        change(&configuration)
        self.init(configuration, logger: silent)
    }

    func get(_ words: String..., resend: RedisResend = .safe) async throws(RedisError) -> RedisValue {
        var command = RedisCommand()
        for word in words { command.append(word) }
        return try await send(command, resend: resend)
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add() {
        number.add(1, ordering: .relaxed)
    }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

struct Missing: Error, CustomStringConvertible {
    let what: String

    var description: String { "never came: \(what)" }
}
