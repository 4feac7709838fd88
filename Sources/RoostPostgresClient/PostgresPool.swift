internal import Logging
internal import Synchronization

/// The connections of a client. What is decided about them ``PoolStateMachine`` decides.
final class PostgresPool: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Lease, PostgresError>, Never>

    /// A connection that one call has to itself.
    struct Lease: Sendable {
        let number: Int
        let connection: PostgresConnection
    }

    private struct State {
        var machine: PoolStateMachine
        var connections: [Int: PostgresConnection] = [:]
        var waiters: [Int: Waiter] = [:]
        var lastNumber = 0
        var timer: (due: ContinuousClock.Instant, task: Task<Void, Never>)?
        var news = OutageNews()
        var closers: [CheckedContinuation<Void, Never>] = []

        mutating func newNumber() -> Int {
            lastNumber += 1
            return lastNumber
        }

        mutating func failed(_ message: String, final: PostgresError? = nil) -> PoolStateMachine.Outcome {
            machine.openFailed(message, final: final, now: .now, chance: .random(in: 0..<1))
        }
    }

    private let configuration: PostgresConfiguration
    private let plan: ConnectPlan
    private let logger: Logger
    private let check: (@Sendable (PostgresSession) async throws -> Void)?
    private let state: Mutex<State>

    init(
        _ configuration: PostgresConfiguration,
        _ plan: ConnectPlan,
        logger: Logger,
        check: (@Sendable (PostgresSession) async throws -> Void)?
    ) {
        self.configuration = configuration
        self.plan = plan
        self.logger = logger
        self.check = check
        let machine = PoolStateMachine(limit: configuration.maxConnections, timeout: configuration.callTimeout)
        state = Mutex(State(machine: machine))
    }

    // MARK: Leases

    func lease(deadline: ContinuousClock.Instant, isUrgent: Bool) async throws(PostgresError) -> Lease {
        let granted = await withCheckedContinuation { waiter in
            change { state in
                let number = state.newNumber()
                state.waiters[number] = waiter
                return state.machine.acquire(waiter: number, isUrgent: isUrgent, deadline: deadline, now: .now)
            }
        }
        return try granted.get()
    }

    func release(_ lease: Lease) {
        let isUsable = lease.connection.isUsable
        change { state in
            let isThere = state.connections[lease.number] != nil
            return state.machine.release(lease.number, isUsable: isUsable && isThere, now: .now)
        }
    }

    /// All connections that there are now are for the last time in use.
    func renew() {
        change { state in
            let next = state.newNumber()
            return state.machine.renew(before: next, now: .now)
        }
    }

    /// Said once, until there is a new connection.
    func tellLost(_ number: Int, _ reason: String) {
        guard state.withLock({ !$0.machine.isClosed && $0.news.isLoss(of: number) }) else { return }
        logger.notice(
            "Lost the connection to Postgres",
            metadata: ["server": "\(configuration)", "reason": "\(reason)"]
        )
    }

    /// Calls that wait end, those that run may go on.
    func close() {
        change { $0.machine.close() }
    }

    /// Returns once no call runs any more, and the connections are closed.
    func waitUntilOver() async {
        await withCheckedContinuation { closer in
            let isOver = state.withLock { state in
                if !state.machine.isOver { state.closers.append(closer) }
                return state.machine.isOver
            }
            if isOver { closer.resume() }
        }
        for connection in state.withLock({ Array($0.connections.values) }) {
            connection.close()
            await connection.waitUntilEnded()
        }
    }

    // MARK: What the machine decides

    private func change(_ body: (inout State) -> PoolStateMachine.Outcome) {
        var drops: [PostgresConnection] = []
        var answers: [(Waiter, Result<Lease, PostgresError>)] = []
        var closers: [CheckedContinuation<Void, Never>] = []
        var opens = 0
        state.withLock { state in
            let outcome = body(&state)
            opens = outcome.opens
            drops = outcome.drops.compactMap { state.connections[$0] }
            for (number, error) in outcome.failures {
                if let waiter = state.waiters.removeValue(forKey: number) { answers.append((waiter, .failure(error))) }
            }
            for (number, connection) in outcome.grants {
                guard let waiter = state.waiters.removeValue(forKey: number) else { continue }
                // One that ended was taken from the machine, too.
                let lease = state.connections[connection].map { Lease(number: connection, connection: $0) }
                answers.append(
                    (waiter, lease.map { .success($0) } ?? .failure(.unreachable("the connection was lost")))
                )
            }
            if state.machine.isOver { swap(&closers, &state.closers) }
            setTimer(&state)
        }
        for connection in drops { connection.close() }
        for (waiter, answer) in answers { waiter.resume(returning: answer) }
        for closer in closers { closer.resume() }
        for _ in 0..<opens {
            Task.detached(executorPreference: ClientExecutor.shared) { await self.open() }
        }
    }

    /// One that is early sets itself anew.
    private func setTimer(_ state: inout State) {
        guard let due = state.machine.nextTick, due < state.timer?.due ?? .now + .seconds(86_400) else { return }
        state.timer?.task.cancel()
        let task = Task.detached(executorPreference: ClientExecutor.shared) { [weak self] in
            try? await Task.sleep(until: due, clock: .continuous)
            guard !Task.isCancelled else { return }
            self?.tick(due)
        }
        state.timer = (due, task)
    }

    private func tick(_ due: ContinuousClock.Instant) {
        change { state in
            if state.timer?.due == due { state.timer = nil }
            return state.machine.tick(now: .now)
        }
    }

    // MARK: New connections

    private func open() async {
        let number = state.withLock { $0.newNumber() }
        do {
            let connection = try await connected(number)
            var isBack = false
            change { state in
                // What ends after this is taken out again.
                guard !connection.hasEnded else { return state.failed("the connection was lost at once") }
                isBack = state.news.isReturn(by: number)
                state.connections[number] = connection
                return state.machine.opened(number, now: .now)
            }
            if isBack { logger.notice("Connected to Postgres again", metadata: ["server": "\(configuration)"]) }
        } catch {
            tellLost(number, error.message)
            change { $0.failed(error.message, final: error.final) }
        }
    }

    private struct OpeningFailure: Error {
        let message: String
        /// Where trying again does not help.
        let final: PostgresError?
    }

    private func connected(_ number: Int) async throws(OpeningFailure) -> PostgresConnection {
        let connection: PostgresConnection
        do throws(ConnectFailure) {
            connection = try await PostgresConnection.open(
                plan,
                prepares: configuration.preparesStatements,
                events: .init(ended: { [weak self] _ in self?.ended(number) })
            )
        } catch {
            throw OpeningFailure(message: error.message, final: error.isFinal ? .refused(error.message) : nil)
        }
        let session = PostgresSession(connection, configuration)
        do {
            if configuration.preparesStatements { _ = try await session.run([setup(connection)]) }
            try await check?(session)
            guard await session.end() else { throw PostgresError.unreachable("the connection was lost at once") }
            return connection
        } catch {
            connection.close()
            throw OpeningFailure(message: FailureJudge.words(error), final: FailureJudge.final(error))
        }
    }

    /// Not by options at the start, which poolers do not take.
    private func setup(_ connection: PostgresConnection) -> PostgresQuery {
        // Where a call is given up and its cancel is lost, the server gives it up by itself.
        let limit = configuration.callTimeout + .seconds(2)
        var parameters = PostgresParameters()
        parameters.append("\(limit.components.seconds + 1)s")
        // Before the call is over, so that it says what it waited for.
        parameters.append("\(configuration.callTimeout * 3 / 4 / .milliseconds(1))ms")
        let jit = connection.serverVersion >= 110_000 ? ", set_config('jit', 'off', false)" : ""
        return PostgresQuery(
            "SELECT set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false), "
                + "set_config('default_transaction_isolation', 'read committed', false)\(jit)",
            prepared: false,
            parameters
        )
    }

    private func ended(_ number: Int) {
        change { state in
            guard state.connections.removeValue(forKey: number) != nil else { return .init() }
            return state.machine.lost(number, now: .now)
        }
    }
}
