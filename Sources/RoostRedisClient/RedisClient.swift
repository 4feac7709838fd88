package import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization

/// Speaks to a Redis server, over connections that it makes when they are needed, and anew when they are lost.
///
/// Calls of many tasks share a connection: what is called meanwhile is sent together. A server that cannot answer now is
/// asked again until the time limit of the call is over (``RedisConfiguration/timeout``).
package final class RedisClient: Sendable {
    /// Is called on each new connection before others may use it. It speaks by its link: the client's own calls wait for
    /// it. An error that is not ``RedisError``, or is one that trying again does not help against, is what waiting calls
    /// throw; others cost a new connection. It runs on an event loop, so it must not block.
    package typealias ConnectHook = @Sendable (RedisServerLink) async throws -> Void

    package let configuration: RedisConfiguration
    private let lines: [RedisLine]
    /// For calls that hold up what comes behind them on their connection.
    private let slowLines: [RedisLine]
    private let turn = Atomic<Int>(0)
    private let setup: LineSetup
    private let subscriptions = Mutex<[WeakSubscription]>([])

    private struct WeakSubscription {
        weak var subscription: RedisSubscription?
    }

    /// Connects at the first call.
    package init(
        _ configuration: RedisConfiguration,
        scripts: [RedisScript] = [],
        logger: Logger,
        onConnect: ConnectHook? = nil
    ) {
        self.configuration = configuration
        let setup = LineSetup(
            finder: ServerFinder(configuration),
            scripts: scripts,
            onConnect: onConnect,
            logger: logger,
            timeout: configuration.timeout
        )
        self.setup = setup
        func newLines() -> [RedisLine] {
            (0..<max(configuration.connections, 1)).map { _ in
                RedisLine(setup, on: MultiThreadedEventLoopGroup.singleton.next())
            }
        }
        (lines, slowLines) = (newLines(), newLines())
    }

    deinit {
        closeLines()
    }

    private func closeLines() {
        for line in lines + slowLines { line.close() }
    }

    /// - Throws: ``RedisError``, also for an error that the server answers.
    package func send(_ command: RedisCommand, resend: RedisResend) async throws(RedisError) -> RedisValue {
        try Self.only(try await answers([command], resend))
    }

    /// Runs a script, and loads it first where the server does not know it.
    package func run(
        _ script: RedisScript,
        keys: [String],
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void = { _ in }
    ) async throws(RedisError) -> RedisValue {
        try Self.only(try await answers([script.call(keys, arguments)], resend, script))
    }

    /// Runs a script and, on the same connection, other commands, as in ``pipeline(_:resend:)``. Where one has to be sent again, all
    /// are. They may take long, as `WAIT` does: such calls have connections of their own, so that they hold up each other alone.
    ///
    /// - Returns: a reply for the script and for each command; what the server refused of these is a `.error`.
    package func run(
        _ script: RedisScript,
        keys: [String],
        followedBy others: [RedisCommand],
        resend: RedisResend,
        arguments: (inout RedisCommand) -> Void = { _ in }
    ) async throws(RedisError) -> [RedisValue] {
        guard !others.isEmpty else { return [try await run(script, keys: keys, resend: resend, arguments: arguments)] }
        let replies = try await answers([script.call(keys, arguments)] + others, resend, script, by: slowLines)
        _ = try Self.only(replies)
        return replies
    }

    /// Several commands in one write, answered together. Nothing comes between them on their connection; it is no
    /// transaction: other clients' commands may run between them.
    ///
    /// - Returns: a reply for each command; what the server refused is a `.error`.
    package func pipeline(_ commands: [RedisCommand], resend: RedisResend) async throws(RedisError) -> [RedisValue] {
        commands.isEmpty ? [] : try await answers(commands, resend)
    }

    private func answers(
        _ commands: [RedisCommand],
        _ resend: RedisResend,
        _ script: RedisScript? = nil,
        by lines: [RedisLine]? = nil
    ) async throws(RedisError) -> [RedisValue] {
        let deadline = NIODeadline.now() + configuration.timeout.asTimeAmount
        let call = RedisCall(commands, resend: resend, script: script, deadline: deadline)
        let lines = lines ?? self.lines
        let line = lines[lines.count == 1 ? 0 : nextTurn]
        return try await call.run { line.submit($0) }
    }

    private static func only(_ replies: [RedisValue]) throws(RedisError) -> RedisValue {
        let reply = replies.first ?? .null
        if let error = reply.serverError { throw error.error }
        return reply
    }

    private var nextTurn: Int {
        let turn = turn.wrappingAdd(1, ordering: .relaxed).newValue
        return Int(turn.magnitude % UInt(lines.count))
    }

    /// Subscribes to channels of sharded pub/sub (Redis 7; publish by `SPUBLISH`), on a connection of its own that is
    /// made anew when it is lost.
    ///
    /// - Parameters:
    ///   - channels: in a cluster, all with the hash tag of the configuration.
    ///   - handler: is called on an event loop, so it must not block.
    package func subscribe(
        to channels: [String],
        handler: @escaping @Sendable (RedisPush) -> Void
    ) -> RedisSubscription {
        let subscription = RedisSubscription(
            channels,
            finder: setup.finder,
            timeout: configuration.timeout,
            logger: setup.logger,
            on: MultiThreadedEventLoopGroup.singleton.next(),
            handler: handler
        )
        subscriptions.withLock { subscriptions in
            subscriptions.removeAll { $0.subscription == nil }
            subscriptions.append(WeakSubscription(subscription: subscription))
        }
        return subscription
    }

    /// Ends all calls with ``RedisError/closed``, and all subscriptions, and takes no more.
    package func close() async {
        closeLines()
        for subscription in subscriptions.withLock({ $0 }) { subscription.subscription?.cancel() }
    }
}
