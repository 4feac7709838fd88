public import GRDB
public import RoostCore

extension StoreProvider {
    /// The store in the SQLite file at `path`, which is made where there is none.
    ///
    /// ```swift
    /// let queue = try await JobQueue(.sqlite("app.db"))
    /// ```
    public static func sqlite(_ path: String, options: SQLiteStoreOptions = .init()) -> StoreProvider {
        StoreProvider { try SQLiteStore(path: path, options: options) }
    }

    /// The store in a database of your own, beside your tables, so that jobs can be enqueued in your transactions.
    ///
    /// ```swift
    /// let pool = try DatabasePool(path: "app.db")
    /// let queue = try await JobQueue(.sqlite(pool))
    /// ```
    public static func sqlite(
        _ writer: any DatabaseWriter,
        options: SQLiteStoreOptions = .init()
    ) -> StoreProvider {
        StoreProvider { try SQLiteStore(writer, options: options) }
    }
}

extension JobQueue {
    /// Enqueues one job within your own transaction: it is there if that commits, and never was if it does not.
    ///
    /// ```swift
    /// try await pool.write { db in
    ///     try comment.insert(db)
    ///     try queue.insert($checkCommentSpam(commentID: comment.id), in: db)
    /// }
    /// ```
    ///
    /// Workers are woken when the transaction has committed. No `JobEnqueued` is told.
    ///
    /// - Parameters:
    ///   - request: the job, or a job with options.
    ///   - db: a connection of the database that the queue's store is in.
    /// - Throws: as `enqueue` does; ``NotInThisDatabase``. Your transaction is as it was before.
    @discardableResult
    public func insert<Request: Enqueueable>(
        _ request: Request,
        in db: Database
    ) throws -> JobHandle<Request.Work.Output> {
        try insert([request], in: db)[0]
    }

    /// Enqueues many jobs within your own transaction.
    ///
    /// - Throws: as ``insert(_:in:)-(Request,_)`` does.
    @discardableResult
    public func insert<Request: Enqueueable>(
        _ requests: [Request],
        in db: Database
    ) throws -> [JobHandle<Request.Work.Output>] {
        let store = try sqliteStore
        return try enqueue(requests) { try store.insert($0, in: db) }
    }

    /// Enqueues a graph of jobs within your own transaction.
    ///
    /// - Throws: as ``insert(_:in:)-(Request,_)`` does.
    @discardableResult
    public func insert<Graph: JobGraph>(_ graph: Graph, in db: Database) throws -> Graph.Handles {
        let store = try sqliteStore
        return try enqueue(graph) { try store.insert($0, in: db) }
    }

    private var sqliteStore: SQLiteStore {
        get throws {
            guard let store = store as? SQLiteStore else { throw NotInThisDatabase(store: store.name) }
            return store
        }
    }
}

/// A job was to be inserted in a SQLite transaction, and its queue's store is another one.
public struct NotInThisDatabase: Error, Equatable, CustomStringConvertible {
    public let store: String

    public var description: String {
        "the jobs of this queue live in \(store), so they cannot be part of a SQLite transaction: use enqueue"
    }
}
