package import Logging
internal import Synchronization

/// Speaks to a Postgres server over a few connections, that are made when they are needed, and anew when they are lost.
///
/// A server that cannot answer now is asked again until the time limit of the call is over
/// (``PostgresConfiguration/callTimeout``). A task that is cancelled does not end its calls.
package final class PostgresClient: Sendable {
    package let configuration: PostgresConfiguration
    private let plan: ConnectPlan
    private let logger: Logger
    private let pool: PostgresPool
    private let listeners = Mutex<[WeakListener]>([])

    private struct WeakListener {
        weak var listener: PostgresListener?
    }

    /// Connects at the first call.
    ///
    /// - Parameter check: is run on each new connection before others may use it. An error that it throws is what
    ///   waiting calls throw (``PostgresError/checkFailed(_:)``); one of a lost connection costs a new connection
    ///   alone.
    package init(
        _ configuration: PostgresConfiguration,
        logger: Logger,
        check: (@Sendable (PostgresSession) async throws -> Void)? = nil
    ) {
        self.configuration = configuration
        self.logger = logger
        plan = ConnectPlan(configuration)
        pool = PostgresPool(configuration, plan, logger: logger, check: check)
    }

    deinit {
        pool.close()
    }

    // MARK: Calls

    /// Runs the queries in one round trip and one transaction: all are done or none.
    ///
    /// - Parameters:
    ///   - resend: whether they may be sent again when it is not known if they were run. What is known to be undone
    ///     (deadlocks, failed serializations) is sent again in any case.
    ///   - isUrgent: may open one connection beyond ``PostgresConfiguration/maxConnections`` rather than wait.
    /// - Returns: a result for each query.
    @concurrent package func run(
        _ queries: [PostgresQuery],
        resend: PostgresResend = .safe,
        isUrgent: Bool = false
    ) async throws(PostgresError) -> [PostgresResult] {
        guard !queries.isEmpty else { return [] }
        var retries = CallRetries(timeout: configuration.callTimeout, resend: resend, now: .now)
        while true {
            let lease: PostgresPool.Lease
            do throws(PostgresError) {
                lease = try await pool.lease(deadline: retries.deadline, isUrgent: isUrgent)
            } catch {
                throw retries.told(error)
            }
            let failure: CallFailure
            do throws(CallFailure) {
                let results = try await lease.connection.run(queries, deadline: retries.deadline)
                pool.release(lease)
                return results
            } catch {
                failure = error
            }
            if case .lost(let reason) = failure { pool.tellLost(lease.number, reason) }
            pool.release(lease)
            let (delay, isElsewhere) = try retries.next(after: failure, now: .now, chance: .random(in: 0..<1))
            if isElsewhere { pool.renew() }
            await Self.sleep(for: delay)
        }
    }

    /// A connection to oneself, for transactions of several round trips. A transaction that the body leaves open is
    /// undone.
    ///
    /// - Throws: what the body throws, and ``PostgresError`` where there is no connection in time.
    @concurrent package func withSession<Value: Sendable>(
        _ body: @concurrent (PostgresSession) async throws -> Value
    ) async throws -> Value {
        let deadline = ContinuousClock.now + configuration.callTimeout
        var lease = try await pool.lease(deadline: deadline, isUrgent: false)
        // The body has no means to begin anew.
        while !lease.connection.isAlive {
            pool.release(lease)
            lease = try await pool.lease(deadline: deadline, isUrgent: false)
        }
        let session = PostgresSession(lease.connection, configuration)
        let value: Value
        do {
            value = try await body(session)
        } catch {
            _ = await session.end()
            pool.release(lease)
            throw error
        }
        _ = await session.end()
        pool.release(lease)
        return value
    }

    /// Cancelled or not: a call goes on. So in a task of its own, whose sleep nobody cuts short; on the client's executor, since jobs
    /// may block all others.
    private static func sleep(for delay: Duration) async {
        await Task.detached(executorPreference: ClientExecutor.shared) { try? await Task.sleep(for: delay) }.value
    }

    // MARK: Notifications

    /// Listens to channels on a connection of its own, that is made anew when it is lost, until the listener is
    /// cancelled or nobody holds it any more.
    ///
    /// - Parameter hear: is called by a thread that others wait for, so it must not block.
    package func listen(
        to channels: [String],
        _ hear: @escaping @Sendable (PostgresNotification) -> Void
    ) -> PostgresListener {
        let listener = PostgresListener(channels, configuration, plan, logger: logger, hear)
        listeners.withLock { listeners in
            listeners.removeAll { $0.listener == nil }
            listeners.append(WeakListener(listener: listener))
        }
        return listener
    }

    // MARK: The end

    /// Calls that wait for a connection and later ones throw ``PostgresError/closed``; returns once those that run have
    /// ended. Cancels all listeners.
    @concurrent package func close() async {
        for listener in listeners.withLock({ $0 }) { listener.listener?.cancel() }
        pool.close()
        await pool.waitUntilOver()
    }
}
