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
    /// It is run once: where the server ends it by a serialization failure (`40001`), call again.
    ///
    /// - Parameters:
    ///   - isolation: how much of other transactions this one sees.
    ///   - body: your statements. It has a connection to itself, of as many as the URL's `connections` says; others
    ///     wait where there is none.
    /// - Returns: what the closure returned.
    /// - Throws: what the closure throws, with nothing done; ``PostgresStatementError``; ``NotInPostgres``;
    ///   `StoreError`: nothing was done, unless its message says that it may have been.
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
            throw StoreError.lostCommit(error, at: store.name)
        }
    }

    /// A statement that enqueues a job within a transaction of any client of Postgres: PostgresNIO's, an ORM's, `psql`'s.
    ///
    /// ```swift
    /// // With PostgresNIO:
    /// let (statement, handle) = try queue.statement(enqueuing: $shipOrder(id: 5))
    /// try await client.withTransaction(logger: logger) { connection in
    ///     var bindings = PostgresBindings()
    ///     for parameter in statement.parameters { bindings.append(parameter) }
    ///     let query = PostgresQuery(unsafeSQL: statement.sql, binds: bindings)
    ///     let rows = try await connection.query(query, logger: logger)
    ///     // What the server refuses is thrown here.
    ///     for try await _ in rows {}
    /// }
    /// ```
    ///
    /// It answers a row with the id under which the job is found: another one than the handle's where an earlier job
    /// holds its unique key. Workers are woken when the transaction commits. Run it once: it has the job's id in it, so
    /// that a second time stores nothing.
    ///
    /// - Returns: the statement, and a handle of the job, to be asked once the transaction is committed.
    /// - Throws: ``NotInPostgres``; `InvalidJobOption`, `JobEncodingError`, `PayloadTooLarge` or `StoreError` with code
    ///   `rejected` where the job cannot be stored.
    public func statement<Request: Enqueueable>(
        enqueuing request: Request
    ) throws -> (statement: PostgresStatement, handle: JobHandle<Request.Work.Output>) {
        let (statement, handles) = try statement(enqueuing: [request])
        return (statement, handles[0])
    }

    /// A statement that enqueues many jobs, all or none. It answers a row for each, in their order.
    ///
    /// - Returns: the statement, which for no jobs does nothing, and a handle of each job.
    /// - Throws: as for one job.
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

    /// A statement that enqueues a graph of jobs, all or none. It answers a row for each job.
    ///
    /// - Returns: the statement, and a handle of each stage, typed.
    /// - Throws: as for one job.
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

/// A statement for a client of your own.
public struct PostgresStatement: Sendable, Equatable {
    /// One statement, in which `$1`, `$2`, … stand for the parameters.
    public let sql: String
    /// The first is `$1`. All are of Postgres's type `text`.
    public let parameters: [String]
}

/// A job was to be part of a Postgres transaction, and its queue's store is another one.
public struct NotInPostgres: Error, Equatable, CustomStringConvertible {
    /// The name of that store, as logs have it: `memory`, or `immediate` for the queue of tests.
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
