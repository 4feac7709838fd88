public import RoostCore
import RoostPostgresClient
import Synchronization

extension JobContext {
    /// Runs a transaction that ends this job too: what it writes is there exactly once, whenever the worker is killed.
    ///
    /// ```swift
    /// @Job func charge(order: Int, context: JobContext) async throws {
    ///     try await context.transaction { (transaction: PostgresTransaction) in
    ///         try await transaction.execute("UPDATE accounts SET balance = balance - 5 WHERE order_id = $1", order)
    ///     }
    /// }
    /// ```
    ///
    /// The job has succeeded once the transaction is committed: what it does after that is not done again, and an error
    /// it throws then is logged and changes nothing. What the closure throws undoes the transaction, and is an error of
    /// the job as any other. Nothing is run again here, so that a serialization failure (`40001`) costs an attempt of
    /// the job too, unless you catch it and call again.
    ///
    /// The closure's type is written out since the SQLite store has a `transaction` as well.
    ///
    /// - Parameters:
    ///   - isolation: how much of other transactions this one sees.
    ///   - body: what it returns is stored as the job's output, whatever the job itself returns afterwards.
    /// - Returns: what the closure returned.
    /// - Throws: what the closure throws; `JobNotHeld` where the job's lease ended meanwhile,
    ///   ``PostgresStatementError``, ``NotInPostgres``, `AlreadyCompleted`, `StoreError`: nothing was committed,
    ///   unless its message says that it may have been done.
    @discardableResult
    public func transaction<Value: Encodable & Sendable>(
        isolation: PostgresIsolation = .readCommitted,
        _ body: @concurrent (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try await complete(isolation) { transaction in
            let value = try await body(transaction)
            return (value, try completion(returning: value))
        }
    }

    /// Runs a transaction that ends this job too, for a job that returns nothing: no output is stored, whatever the job
    /// returns afterwards.
    ///
    /// - Parameters:
    ///   - isolation: how much of other transactions this one sees.
    ///   - body: what is to be done with the job's end, or not at all.
    /// - Throws: as the one whose closure returns a value.
    public func transaction(
        isolation: PostgresIsolation = .readCommitted,
        _ body: @concurrent (PostgresTransaction) async throws -> Void
    ) async throws {
        try await complete(isolation) { transaction in
            try await body(transaction)
            return ((), try completion())
        }
    }

    private func complete<Value: Sendable>(
        _ isolation: PostgresIsolation,
        _ body: @concurrent (PostgresTransaction) async throws -> (Value, SettleItem)
    ) async throws -> Value {
        let store = try queue.postgresStore
        let made = Made<Value>()
        do {
            _ = try await store.transaction(isolation, queue: queue) { transaction in
                let (value, item) = try await body(transaction)
                made.content.withLock { $0 = (value, item) }
                return ((), item)
            }
        } catch TransactionFailure.notHeld {
            throw JobNotHeld(job: id)
        } catch TransactionFailure.unknownFate(let error) {
            // Asked once, within the time of a call: a job that has ended is not to fail for an answer that was lost.
            // Where that is not answered either, nobody knows.
            let item = made.content.withLock { $0?.1 }
            guard let item, (try? await store.wasCompleted(item)) ?? false else {
                throw StoreError.lostCommit(error, at: store.name)
            }
        }
        guard let (value, item) = made.content.withLock({ $0 }) else {
            throw store.database.broken("a transaction was committed before its body returned")
        }
        didComplete(item)
        return value
    }

    /// What the body of a transaction made, kept over its commit.
    private final class Made<Value: Sendable>: Sendable {
        let content = Mutex<(Value, SettleItem)?>(nil)
    }
}

extension PostgresStore {
    /// Whether a job was ended by the claim that the item names.
    fileprivate func wasCompleted(_ item: SettleItem) async throws(StoreError) -> Bool {
        let query = database.query(.wasCompleted) { parameters in
            parameters.append(id: item.job.words)
            parameters.append(item.token.number)
        }
        let result = try await database.run(query)
        return try database.read { () throws(PostgresError) in try result.bool(0, 0) }
    }
}
