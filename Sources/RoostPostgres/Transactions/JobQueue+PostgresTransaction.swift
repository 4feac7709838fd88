public import RoostCore
import RoostPostgresClient

extension JobQueue {
    /// Runs a transaction on a connection of the store's own: your statements, and jobs that are there if it commits.
    ///
    /// ```swift
    /// try await queue.transaction { transaction in
    ///     try await transaction.execute("INSERT INTO orders (id) VALUES ($1)", 5)
    ///     try await transaction.enqueue($shipOrder(id: 5))
    /// }
    /// ```
    ///
    /// - Throws: what the closure throws, with nothing done; ``PostgresStatementError``; ``NotInPostgres``; `StoreError`, whose message says so
    ///   where it is not known whether the transaction was committed.
    @discardableResult
    public func transaction<Value: Sendable>(
        isolation: PostgresIsolation = .readCommitted,
        _ body: @concurrent (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        let store = try postgresStore
        do {
            return try await store.transaction(isolation, queue: self) { transaction in
                (try await body(transaction), nil)
            }
        } catch TransactionFailure.unknownFate(let error) {
            throw StoreError.from(error, at: store.name)
        }
    }

    /// A statement that enqueues a job within a transaction of any client of Postgres: PostgresNIO's, an ORM's, `psql`'s.
    ///
    /// ```swift
    /// let (statement, handle) = try queue.statement(enqueuing: $shipOrder(id: 5))
    /// try await client.withTransaction { connection in
    ///     var bindings = PostgresBindings()
    ///     for parameter in statement.parameters { bindings.append(parameter) }
    ///     try await connection.query(PostgresQuery(unsafeSQL: statement.sql, binds: bindings), logger: logger)
    /// }
    /// ```
    ///
    /// It answers a row with the id under which the job is found: another one than the handle's where an earlier job holds its unique key.
    /// Workers are woken when the transaction commits.
    public func statement<Request: Enqueueable>(
        enqueuing request: Request
    ) throws -> (statement: PostgresStatement, handle: JobHandle<Request.Work.Output>) {
        let (statement, handles) = try statement(enqueuing: [request])
        return (statement, handles[0])
    }

    /// A statement that enqueues many jobs, a row each.
    public func statement<Request: Enqueueable>(
        enqueuing requests: [Request]
    ) throws -> (statement: PostgresStatement, handles: [JobHandle<Request.Work.Output>]) {
        let store = try postgresStore
        var statement = PostgresStatement(sql: "SELECT 1 WHERE false", parameters: [])
        let handles = try enqueue(requests) { batch in
            statement = try store.statement(batch)
            return EnqueueAnswer(items: Array(repeating: .stored, count: batch.jobs.count))
        }
        return (statement, handles)
    }

    /// A statement that enqueues a graph of jobs, a row each.
    public func statement<Graph: JobGraph>(
        enqueuing graph: Graph
    ) throws -> (statement: PostgresStatement, handles: Graph.Handles) {
        let store = try postgresStore
        var statement = PostgresStatement(sql: "SELECT 1 WHERE false", parameters: [])
        let handles = try enqueue(graph) { batch in
            statement = try store.statement(batch)
            return EnqueueAnswer(items: Array(repeating: .stored, count: batch.jobs.count))
        }
        return (statement, handles)
    }

    var postgresStore: PostgresStore {
        get throws(NotInPostgres) {
            guard let store = store as? PostgresStore else { throw NotInPostgres(store: store.name) }
            return store
        }
    }
}

/// A statement for a client of your own, with its parameters, which are all texts.
public struct PostgresStatement: Sendable, Equatable {
    public let sql: String
    public let parameters: [String]
}

/// A job was to be part of a Postgres transaction, and its queue's store is another one.
public struct NotInPostgres: Error, Equatable, CustomStringConvertible {
    public let store: String

    public var description: String {
        "the jobs of this queue live in \(store), so they cannot be part of a Postgres transaction: use enqueue"
    }
}

extension PostgresStore {
    func statement(_ batch: EnqueueBatch) throws(StoreError) -> PostgresStatement {
        try StoreRules.validate(batch)
        return PostgresStatement(
            sql: database.schema.render("SELECT roost.enqueue_text($1)"),
            parameters: [try BatchText(batch).text]
        )
    }

    /// - Parameter body: answers besides what the transaction is to settle; nil: nothing.
    /// - Throws: ``TransactionFailure`` besides.
    func transaction<Value: Sendable>(
        _ isolation: PostgresIsolation,
        queue: JobQueue,
        _ body: @concurrent (PostgresTransaction) async throws -> (Value, SettleItem?)
    ) async throws -> Value {
        do {
            return try await database.sessions.withSession { session in
                let transaction = PostgresTransaction(session, self, queue)
                try await transaction.begin(isolation)
                let (value, item) = try await body(transaction)
                try await transaction.commit(settling: item)
                return value
            }
        } catch let error as PostgresError {
            throw StoreError.from(error, at: name)
        }
    }
}
