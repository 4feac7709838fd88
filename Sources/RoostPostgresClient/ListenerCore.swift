internal import Logging
internal import Synchronization

/// What a listener does.
final class ListenerCore: Sendable {
    private enum Event: Sendable {
        case changed
        case ended(connection: Int, String)
        /// Time to see whether the server still answers: it may say nothing for long, and be gone.
        case due
    }

    private struct State {
        var channels: [String]
        var connection: PostgresConnection?
        var task: Task<Void, Never>?
        var isCancelled = false
    }

    private let configuration: PostgresConfiguration
    private let plan: ConnectPlan
    private let logger: Logger
    private let hear: @Sendable (PostgresNotification) -> Void
    private let state: Mutex<State>
    private let events: AsyncStream<Event>
    private let source: AsyncStream<Event>.Continuation
    private static let pulse = Duration.seconds(30)

    init(
        _ channels: [String],
        _ configuration: PostgresConfiguration,
        _ plan: ConnectPlan,
        logger: Logger,
        _ hear: @escaping @Sendable (PostgresNotification) -> Void
    ) {
        self.configuration = configuration
        self.plan = plan
        self.logger = logger
        self.hear = hear
        state = Mutex(State(channels: channels))
        (events, source) = AsyncStream.makeStream()
    }

    // MARK: Its owner

    func start() {
        let task = Task.detached(executorPreference: ClientExecutor.shared) { await self.run() }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    func set(_ channels: [String]) {
        state.withLock { $0.channels = channels }
        source.yield(.changed)
    }

    func cancel() {
        let (task, connection) = state.withLock { state in
            state.isCancelled = true
            return (state.task, state.connection)
        }
        task?.cancel()
        connection?.close()
    }

    private func tell(_ notification: PostgresNotification) {
        if !state.withLock({ $0.isCancelled }) { hear(notification) }
    }

    // MARK: Its task

    private func run() async {
        var failures = 0
        var number = 0
        while !Task.isCancelled {
            number += 1
            do throws(PostgresError) {
                try await listen(number) {
                    if failures > 0 {
                        logger.notice("Listening to Postgres again", metadata: ["server": "\(configuration)"])
                    }
                    failures = 0
                }
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                if failures == 1 {
                    tell(.interrupted(error))
                    logger.notice(
                        "Lost the connection that listens to Postgres",
                        metadata: ["server": "\(configuration)", "reason": "\(error)"]
                    )
                }
            }
            let delay = ReconnectBackoff.listener.delay(afterFailure: failures, chance: .random(in: 0..<1))
            try? await Task.sleep(for: delay)
        }
    }

    /// Returns once it is cancelled.
    private func listen(_ number: Int, isListening: () -> Void) async throws(PostgresError) {
        let connection = try await connect(number)
        defer { connection.close() }
        guard hold(connection) else { return }
        var heard: [String] = []
        try await change(connection, &heard, isFirst: true, isListening)
        let pulse = Task.detached(executorPreference: ClientExecutor.shared) { [source] in
            while (try? await Task.sleep(for: Self.pulse)) != nil { source.yield(.due) }
        }
        defer { pulse.cancel() }
        for await event in events {
            switch event {
            case .changed: try await change(connection, &heard, isFirst: false, isListening)
            case .due: try await call(connection, ["SELECT 1"])
            case .ended(number, let reason): throw .unreachable(reason)
            // Of one before.
            case .ended: continue
            }
        }
    }

    private func connect(_ number: Int) async throws(PostgresError) -> PostgresConnection {
        do throws(ConnectFailure) {
            return try await PostgresConnection.open(
                plan,
                prepares: false,
                events: .init(
                    notification: { [weak self] in self?.tell(.message(channel: $0, payload: $1)) },
                    ended: { [source] in source.yield(.ended(connection: number, $0)) }
                )
            )
        } catch {
            throw error.isFinal ? .refused(error.message) : .unreachable(error.message)
        }
    }

    /// - Returns: false where it was cancelled meanwhile.
    private func hold(_ connection: PostgresConnection) -> Bool {
        state.withLock { state in
            state.connection = connection
            return !state.isCancelled
        }
    }

    /// Listens to what is wished, and not to what is not wished any more.
    private func change(
        _ connection: PostgresConnection,
        _ heard: inout [String],
        isFirst: Bool,
        _ isListening: () -> Void
    ) async throws(PostgresError) {
        let wished = state.withLock { $0.channels }
        let new = wished.filter { !heard.contains($0) }
        let old = heard.filter { !wished.contains($0) }
        try await call(connection, new.map { "LISTEN \(Self.quoted($0))" } + old.map { "UNLISTEN \(Self.quoted($0))" })
        heard = wished
        guard isFirst || !new.isEmpty else { return }
        isListening()
        tell(.listening)
    }

    private func call(_ connection: PostgresConnection, _ statements: [String]) async throws(PostgresError) {
        let limit = configuration.callTimeout
        do throws(CallFailure) {
            _ = try await connection.run(statements.map { PostgresQuery($0, prepared: false) }, deadline: .now + limit)
        } catch {
            switch FailureJudge.verdict(error, .never, timeout: limit) {
            case .fail(let error), .again(let error), .againElsewhere(let error): throw error
            }
        }
    }

    static func quoted(_ channel: String) -> String {
        "\"" + channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
