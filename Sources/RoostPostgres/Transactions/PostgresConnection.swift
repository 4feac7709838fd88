public import Logging
import RoostCore
import RoostPostgresClient

/// A connection to a Postgres database, for what jobs do there: one for each slot, by a `WorkerLocal`.
///
/// ```swift
/// let database = WorkerLocal { try await PostgresConnection.open(url) } close: { await $0.close() }
///
/// @Job(within: database)
/// func countUsers(within connection: PostgresConnection) async throws -> Int {
///     try await connection.execute("SELECT count(*) AS n FROM users")[0].integer("n")
/// }
/// ```
///
/// A small client by the means that Roost has anyway; another one does as well. It connects again when its connection is lost.
public final class PostgresConnection: Sendable {
    private let client: PostgresClient
    private let name: String

    private init(_ client: PostgresClient, name: String) {
        self.client = client
        self.name = name
    }

    /// Connects to the server at `url`: any of libpq's forms, as
    /// `StoreProvider.postgres` takes them. Of Roost's own options `timeout` and
    /// `prepare` count.
    ///
    /// - Throws: ``InvalidPostgresStoreURL``; `StoreError` with code `unavailable`.
    public static func open(
        _ url: String,
        logger: Logger = Logger(label: "roost.postgres")
    ) async throws -> PostgresConnection {
        var options = PostgresStoreOptions()
        var configuration = try PostgresStoreURL.read(url, &options)
        configuration.maxConnections = 1
        let connection = PostgresConnection(
            PostgresClient(configuration, logger: logger),
            name: configuration.description
        )
        do {
            try await connection.execute("SELECT 1")
        } catch {
            await connection.close()
            throw error
        }
        return connection
    }

    /// Runs one statement, in a transaction of its own.
    ///
    /// ```swift
    /// let rows = try await connection.execute("SELECT id, name FROM users WHERE age > $1", 40)
    /// for row in rows { print(try row.integer("id"), try row.text("name")) }
    /// ```
    ///
    /// It may take as long as the `timeout` of the URL, 30 seconds by default; those of several tasks at once wait for
    /// each other. Cancelling the task does not end it. It is not sent again where it is not known whether it was done:
    /// the error says so.
    ///
    /// - Throws: ``PostgresStatementError`` where the server refuses it; `StoreError` with code `unavailable` where it
    ///   cannot be reached or does not answer in time.
    @discardableResult
    public func execute(_ sql: String, _ arguments: (any PostgresArgument)?...) async throws -> PostgresRows {
        var parameters = PostgresParameters()
        for argument in arguments { parameters.append(text: argument?.postgresText, oid: 0) }
        do throws(PostgresError) {
            return PostgresRows(
                try await client.run([PostgresQuery(sql, prepared: false, parameters)], resend: .never)[0]
            )
        } catch {
            switch error {
            case .server(let server): throw PostgresStatementError(server)
            case .poolExhausted: throw StoreError(.unavailable, "\(name): \(error)")
            default: throw StoreError.from(error, at: name)
            }
        }
    }

    /// Closes it, once its calls are done.
    public func close() async {
        await client.close()
    }
}
