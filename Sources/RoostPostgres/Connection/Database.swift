import Logging
import RoostCore
import RoostPostgresClient

/// The database of a store: its statements, with the schema in them, and its errors in the words of stores.
final class Database: Sendable {
    let client: PostgresClient
    /// For users' transactions, which may be long: they are to keep no worker's call waiting for a connection.
    let sessions: PostgresClient
    let schema: SchemaName
    /// What the store is called in logs and errors.
    let name: String
    private let time: (any TimeSource)?
    private let statements: [String]

    init(
        _ client: PostgresClient,
        sessions: PostgresClient,
        schema: SchemaName,
        name: String,
        time: (any TimeSource)?
    ) {
        self.client = client
        self.sessions = sessions
        self.schema = schema
        self.name = name
        self.time = time
        self.statements = Statement.allCases.map { schema.render($0.sql) }
    }

    /// Connects to the database at `url` at the first call.
    ///
    /// - Parameter options: what the URL says is put there.
    convenience init(
        _ url: String,
        _ options: inout PostgresStoreOptions,
        logger: Logger
    ) throws(InvalidPostgresStoreURL) {
        let configuration = try PostgresStoreURL.read(url, &options)
        guard let schema = SchemaName(options.schema) else { throw .schema(options.schema) }
        self.init(
            PostgresClient(configuration, logger: logger),
            sessions: PostgresClient(configuration, logger: logger),
            schema: schema,
            name: PostgresStoreURL.name(configuration, schema: options.schema),
            time: options.time
        )
    }

    func close() async {
        await client.close()
        await sessions.close()
    }

    /// What the functions are told of the time: nil, the server's own.
    var now: Int64? { time?.now.microseconds }

    /// The same of the clock that leases are measured by.
    var uptime: Int64? { time?.uptime.wholeMicroseconds }

    func query(_ statement: Statement, _ fill: (inout PostgresParameters) -> Void = { _ in }) -> PostgresQuery {
        var parameters = PostgresParameters()
        fill(&parameters)
        return PostgresQuery(statements[statement.rawValue], parameters)
    }

    /// Runs queries in one transaction.
    ///
    /// - Parameters:
    ///   - resend: whether they may be sent again where it is not known what became of them.
    ///   - isUrgent: whether they need not wait for a connection.
    func run(
        _ queries: [PostgresQuery],
        resend: PostgresResend = .safe,
        isUrgent: Bool = false
    ) async throws(StoreError) -> [PostgresResult] {
        let results: [PostgresResult]
        do throws(PostgresError) {
            results = try await client.run(queries, resend: resend, isUrgent: isUrgent)
        } catch {
            throw StoreError.from(error, at: name)
        }
        guard results.count == queries.count else { throw broken("\(results.count) results of \(queries.count)") }
        return results
    }

    /// Runs one query, in a transaction of its own.
    func run(_ query: PostgresQuery, isUrgent: Bool = false) async throws(StoreError) -> PostgresResult {
        try await run([query], isUrgent: isUrgent)[0]
    }

    /// Reads an answer.
    func read<Value>(_ body: () throws(PostgresError) -> Value) throws(StoreError) -> Value {
        do throws(PostgresError) {
            return try body()
        } catch {
            throw StoreError.from(error, at: name)
        }
    }

    func broken(_ what: String) -> StoreError {
        StoreError(.broken, "\(name) answered what it must not: \(what)")
    }
}
