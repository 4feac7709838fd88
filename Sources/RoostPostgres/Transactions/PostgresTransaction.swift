public import RoostCore
import RoostPostgresClient

/// A transaction that Roost opened on a connection of its own, for your statements and for jobs.
///
/// ```swift
/// try await queue.transaction { transaction in
///     try await transaction.execute("INSERT INTO orders (id) VALUES ($1)", 5)
///     try await transaction.enqueue($shipOrder(id: 5))
/// }
/// ```
///
/// It is committed when the closure returns, and undone when it throws. Not to be used after that.
///
/// Each statement may take as long as a call of the store: the `timeout` of its URL, 30 seconds by default. A wait for
/// a lock ends after three quarters of that with the state `55P03`, unless the URL says `prepare=false`. Between
/// statements the server waits as long as its setting `idle_in_transaction_session_timeout` says: then it ends the
/// connection, and nothing of the transaction was done.
public final class PostgresTransaction: Sendable {
    private let session: PostgresSession
    private let store: PostgresStore
    private let queue: JobQueue

    init(_ session: PostgresSession, _ store: PostgresStore, _ queue: JobQueue) {
        self.session = session
        self.store = store
        self.queue = queue
    }

    /// Runs one statement.
    ///
    /// ```swift
    /// let rows = try await transaction.execute("SELECT id, name FROM users WHERE age > $1", 40)
    /// for row in rows { print(try row.integer("id"), try row.text("name")) }
    /// ```
    ///
    /// Cancelling the task does not end a statement: it goes on until the server is done with it, or its time is over.
    ///
    /// - Throws: ``PostgresStatementError`` where the server refuses it: the transaction can then only be undone.
    ///   `StoreError` with code `unavailable` where the connection was lost: the transaction was undone.
    @discardableResult
    public func execute(_ sql: String, _ arguments: (any PostgresArgument)?...) async throws -> PostgresRows {
        var parameters = PostgresParameters()
        for argument in arguments { parameters.append(text: argument?.postgresText, oid: 0) }
        return PostgresRows(try await run([PostgresQuery(sql, prepared: false, parameters)])[0])
    }

    /// Enqueues a job: it is there if the transaction commits, and never was if it does not. No `JobEnqueued` is told.
    ///
    /// ```swift
    /// let handle = try await transaction.enqueue($shipOrder(id: 5).delayed(by: .hours(1)))
    /// ```
    ///
    /// Where another transaction holds the job's unique key and is not over, it waits for that one.
    ///
    /// - Returns: a handle of the job, or of the one that holds its unique key. Ask it once the transaction is
    ///   committed.
    /// - Throws: `InvalidJobOption`, `JobEncodingError`, `PayloadTooLarge` where the job cannot be stored;
    ///   `StoreError`, ``PostgresStatementError`` where it was not: the transaction can then only be undone.
    @discardableResult
    public func enqueue<Request: Enqueueable>(_ request: Request) async throws -> JobHandle<Request.Work.Output> {
        try await enqueue([request])[0]
    }

    /// Enqueues many jobs, in one round trip.
    ///
    /// - Returns: a handle of each, in their order.
    /// - Throws: as for one job; then none is stored.
    @discardableResult
    public func enqueue<Request: Enqueueable>(_ requests: [Request]) async throws -> [JobHandle<Request.Work.Output>] {
        try await queue.enqueue(requests) { batch in try await store(batch) }
    }

    /// Enqueues a graph of jobs, in one round trip.
    ///
    /// - Returns: a handle of each stage, typed.
    /// - Throws: as for one job; then none is stored.
    @discardableResult
    public func enqueue<Graph: JobGraph>(_ graph: Graph) async throws -> Graph.Handles {
        try await queue.enqueue(graph) { batch in try await store(batch) }
    }

    private func store(_ batch: EnqueueBatch) async throws -> EnqueueAnswer {
        try StoreRules.validate(batch)
        let text = try BatchText(batch).text
        let result = try await run([store.database.query(.enqueueText) { $0.append(text) }])[0]
        guard result.rowCount == batch.jobs.count else {
            throw store.database.broken("\(result.rowCount) of \(batch.jobs.count) jobs stored")
        }
        var items: [EnqueueAnswer.Item] = []
        for (row, job) in batch.jobs.enumerated() {
            let id = try store.database.read { () throws(PostgresError) in JobID(try result.id(row, 0)) }
            items.append(id == job.id ? .stored : .duplicate(of: id))
        }
        return EnqueueAnswer(items: items)
    }

    // MARK: Its life

    func begin(_ isolation: PostgresIsolation) async throws {
        _ = try await run([PostgresQuery("BEGIN ISOLATION LEVEL \(isolation.sql)", prepared: false)])
    }

    /// - Parameter item: the end of a job to settle with it.
    func commit(settling item: SettleItem? = nil) async throws {
        var queries: [PostgresQuery] = []
        if let item, case .succeeded(let output) = item.end {
            let added = try item.added.map { batch throws(StoreError) in try BatchText(batch).text }
            queries.append(
                store.database.query(.complete) { parameters in
                    parameters.append(id: item.job.words)
                    parameters.append(item.token.number)
                    parameters.append(item.startedAt?.microseconds)
                    parameters.append(bytes: output)
                    parameters.append(added)
                }
            )
        } else {
            // Fails where a statement before did and the closure went on: a bare COMMIT would undo all, and say nothing.
            queries.append(PostgresQuery("SELECT 1", prepared: false))
        }
        queries.append(PostgresQuery("COMMIT", prepared: false))
        let wasAlive = session.isAlive
        do throws(PostgresError) {
            _ = try await session.run(queries)
        } catch {
            switch error {
            // It was lost while the closure ran.
            case .unreachable where !wasAlive: throw told(error)
            case .server(let server) where server.state == "RO002": throw TransactionFailure.notHeld
            // Also where not all was sent: the server does a commit before it has the end of the call.
            case .unknownFate, .unreachable, .timedOut: throw TransactionFailure.unknownFate(error)
            default: throw told(error)
            }
        }
    }

    private func run(_ queries: [PostgresQuery]) async throws -> [PostgresResult] {
        do throws(PostgresError) {
            return try await session.run(queries)
        } catch {
            throw told(error)
        }
    }

    /// In the words of those who write statements, or of stores where it is none that failed.
    private func told(_ error: PostgresError) -> any Error {
        switch error {
        case .server(let server) where server.state != "RO001": PostgresStatementError(server)
        case .unknownFate, .unreachable, .timedOut: StoreError.lostTransaction(error, at: store.name)
        default: StoreError.from(error, at: store.name)
        }
    }
}

/// What the opener of a transaction has to judge.
enum TransactionFailure: Error {
    case notHeld
    /// Its commit was sent, at least in part, and not answered.
    case unknownFate(PostgresError)
}

/// How much of other transactions one sees: https://www.postgresql.org/docs/current/transaction-iso.html
///
/// The server ends a transaction that does not fit with others by a ``PostgresStatementError`` of the state `40001`.
/// Roost does not run it again: catch that, and call again.
public enum PostgresIsolation: Sendable {
    /// Each statement sees what was committed before it began: Postgres's default.
    case readCommitted
    /// All statements see what was committed before the first. Fails with `40001` where another one has changed a row
    /// that it changes too.
    case repeatableRead
    /// As if one transaction ran after another. Fails with `40001` where that cannot be.
    case serializable

    var sql: String {
        switch self {
        case .readCommitted: "READ COMMITTED"
        case .repeatableRead: "REPEATABLE READ"
        case .serializable: "SERIALIZABLE"
        }
    }
}

/// The server refused a statement: of a transaction, or of a ``PostgresConnection``.
public struct PostgresStatementError: Error, Sendable, Equatable, CustomStringConvertible {
    /// SQLSTATE, five characters: `23505` for a key that is there already, `40001` where the transaction is to be run
    /// again, `25P02` after a statement of it that was refused. All:
    /// https://www.postgresql.org/docs/current/errcodes-appendix.html
    public let state: String
    /// What is wrong, in the server's words and language.
    public let message: String
    /// More of that: the key that is there, for instance, with its value.
    public let detail: String?
    /// What the server advises.
    public let hint: String?
    /// The name of the constraint that does not hold; where there is none, of the table that the error is about.
    public let constraint: String?

    init(_ error: PostgresServerError) {
        state = error.state
        message = error.message
        detail = error.detail
        hint = error.hint
        constraint = error.constraint
    }

    public var description: String {
        ([message] + [detail, hint].compactMap(\.self)).joined(separator: ". ") + " (\(state))"
    }
}
