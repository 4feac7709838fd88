public import GRDB
public import RoostCore

extension JobContext {
    /// Runs a transaction of the store's database that ends this job too: what it writes is there exactly once, whenever the worker is
    /// killed.
    ///
    /// ```swift
    /// @Job func charge(order: Int, context: JobContext) async throws {
    ///     try await context.transaction { (db: Database) in
    ///         try db.execute(sql: "UPDATE account SET balance = balance - 5 WHERE id = ?", arguments: [order])
    ///     }
    /// }
    /// ```
    ///
    /// The job has succeeded once the transaction is committed: what it does after that is not done again, and an error it throws then is
    /// logged and changes nothing. What the closure throws undoes the transaction, and is an error of the job as any other.
    ///
    /// - Parameter body: what it returns is what the job is known to have returned. Other writers of the file wait while it runs.
    /// - Throws: what the closure throws; `JobNotHeld` where the job's lease ended meanwhile, ``NotInThisDatabase``, `AlreadyCompleted`,
    ///   `StoreError`: nothing was committed.
    @discardableResult
    public func transaction<Value: Encodable & Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await complete { db in
            let value = try body(db)
            return (value, try completion(returning: value))
        }
    }

    /// The same for a job that returns nothing.
    public func transaction(_ body: @escaping @Sendable (Database) throws -> Void) async throws {
        try await complete { db in
            try body(db)
            return ((), try completion())
        }
    }

    private func complete<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> (Value, SettleItem)
    ) async throws -> Value {
        guard let store = queue.store as? SQLiteStore else { throw NotInThisDatabase(store: queue.store.name) }
        let job = id
        // What the closure throws comes out as it is, and not in the words of the store.
        let result = try await store.connection.write { transaction -> Result<(Value, SettleItem), any Error> in
            var made: Result<(Value, SettleItem), any Error> = .failure(JobNotHeld(job: job))
            try transaction.db.inSavepoint {
                do {
                    let (value, item) = try body(transaction.db)
                    guard try transaction.complete(item) else { return .rollback }
                    made = .success((value, item))
                    return .commit
                } catch {
                    made = .failure(error)
                    return .rollback
                }
            }
            return made
        }
        let (value, item) = try result.get()
        didComplete(item)
        return value
    }
}
