internal import Synchronization

/// A connection to oneself.
package final class PostgresSession: Sendable {
    private let connection: PostgresConnection
    private let configuration: PostgresConfiguration
    private let isOver = Mutex(false)

    init(_ connection: PostgresConnection, _ configuration: PostgresConfiguration) {
        self.connection = connection
        self.configuration = configuration
    }

    /// Runs the queries in one round trip. Outside of a transaction they are one: all are done or none.
    ///
    /// Nothing is sent again, as what came before on the connection would be missing: if it is lost, the call throws
    /// ``PostgresError/unknownFate(_:)``.
    ///
    /// - Parameter timeout: nil: that of the configuration.
    @concurrent package func run(
        _ queries: [PostgresQuery],
        timeout: Duration? = nil
    ) async throws(PostgresError) -> [PostgresResult] {
        guard !isOver.withLock({ $0 }) else { throw .closed }
        let limit = timeout ?? configuration.callTimeout
        var sent = queries
        let isLong = limit > configuration.callTimeout && configuration.preparesStatements && !queries.isEmpty
        if isLong { sent.insert(Self.longer(limit), at: 0) }
        do throws(CallFailure) {
            let results = try await connection.run(sent, deadline: .now + limit)
            return isLong ? Array(results.dropFirst()) : results
        } catch {
            switch error {
            case .notSent(let reason): throw .unreachable(reason)
            case .lost(let reason): throw .unknownFate(reason)
            case .server(let error): throw .server(error)
            case .timedOut(let mayHaveRun): throw .timedOut(after: limit, mayHaveRun: mayHaveRun)
            case .unexpectedAnswer(let problem): throw .unexpectedAnswer(problem)
            }
        }
    }

    /// The server has a limit of its own, after that of common calls; for this transaction it is another.
    private static func longer(_ limit: Duration) -> PostgresQuery {
        var parameters = PostgresParameters()
        parameters.append("\(limit.components.seconds + 3)s")
        return PostgresQuery("SELECT set_config('statement_timeout', $1, true)", prepared: false, parameters)
    }

    /// Takes no more calls, and undoes a transaction that was left open.
    ///
    /// - Returns: whether the connection can be used by others.
    func end() async -> Bool {
        isOver.withLock { $0 = true }
        if connection.isUsable, !connection.isIdle {
            let deadline = ContinuousClock.now + configuration.callTimeout
            _ = try? await connection.run([PostgresQuery("ROLLBACK", prepared: false)], deadline: deadline)
        }
        guard connection.isUsable, connection.isIdle else {
            connection.close()
            return false
        }
        return true
    }

    // MARK: About it

    /// Whether the server has not closed it, as far as can be known here.
    package var isAlive: Bool { connection.isAlive }

    package var backendProcess: Int32 { connection.backendProcess }

    /// 150018 for 15.18.
    package var serverVersion: Int { connection.serverVersion }

    package var host: String { connection.host }

    package var port: Int { connection.port }

    package var isUsingTLS: Bool { connection.isUsingTLS }

    /// A setting that the server tells of by itself: `server_version`, `TimeZone`, `in_hot_standby`, ….
    package func parameter(_ name: String) -> String? { connection.parameter(name) }
}
