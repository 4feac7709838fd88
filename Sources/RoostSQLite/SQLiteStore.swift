public import GRDB
public import RoostCore

/// A store in a SQLite file: no server, many processes of one machine, jobs enqueued within your own transactions.
///
/// ```swift
/// let queue = try await JobQueue(.sqlite("app.db"))
/// ```
///
/// Its tables begin with `roost_` and live beside yours. Every process that opens the file takes part: they take turns
/// at writing, wake each other after a commit, and notice at once when a worker's process dies. The file must lie on
/// a disk of this machine: a network share has neither the locks nor the memory that SQLite's WAL needs.
public final class SQLiteStore: JobStore {
    public let name: String
    public var time: any TimeSource { connection.options.time }
    let connection: StoreConnection

    /// Opens the file at `path`, and makes it where there is none; `:memory:` for a store that dies with it.
    ///
    /// - Throws: `StoreError`: `foreign` where the file is something else, `newerSchema` where a newer Roost wrote it,
    ///   `readOnly`, `busy`, `corrupt`, `unavailable`.
    public convenience init(path: String, options: SQLiteStoreOptions = .init()) throws(StoreError) {
        let writer = try Opening.open(path: path, options: options)
        try self.init(writer, ownsWriter: true, options: options)
    }

    /// Uses a database of your own, which stays yours to close.
    ///
    /// ```swift
    /// let pool = try DatabasePool(path: "app.db")
    /// let store = try SQLiteStore(pool)
    /// ```
    ///
    /// - Throws: as ``init(path:options:)``.
    public convenience init(
        _ writer: any DatabaseWriter,
        options: SQLiteStoreOptions = .init()
    ) throws(StoreError) {
        try self.init(writer, ownsWriter: false, options: options)
    }

    private init(_ writer: any DatabaseWriter, ownsWriter: Bool, options: SQLiteStoreOptions) throws(StoreError) {
        self.connection = try StoreConnection(writer, ownsWriter: ownsWriter, options: options)
        self.name = "sqlite:\(connection.path)"
        try Opening.prepare(connection, ownsWriter: ownsWriter)
    }

    /// Stores jobs within a transaction of your own: they are there if it commits, and never were if it does not.
    ///
    /// ```swift
    /// try pool.write { db in
    ///     try user.insert(db)
    ///     try store.insert(batch, in: db)
    /// }
    /// ```
    ///
    /// Workers are woken when the transaction has committed. What it throws leaves your transaction as it was before.
    ///
    /// - Parameters:
    ///   - batch: the jobs.
    ///   - db: of the database that the store is in, by any pool or queue.
    @discardableResult
    public func insert(_ batch: EnqueueBatch, in db: Database) throws(StoreError) -> EnqueueAnswer {
        try connection.mapped {
            let isOwn = !db.isInsideTransaction
            let transaction = connection.makeTransaction(db)
            var answer = EnqueueAnswer(items: [])
            try db.inSavepoint {
                answer = try transaction.enqueue(batch)
                answer.changes = transaction.changes
                try transaction.finish()
                return .commit
            }
            let topics = transaction.topics
            if isOwn {
                connection.tell(topics)
            } else if !topics.isEmpty {
                let connection = connection
                db.afterNextTransaction(onCommit: { _ in connection.tell(topics) })
            }
            return answer
        }.get()
    }

    // MARK: Producing

    @concurrent public func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await connection.write(isShort: batch.jobs.count <= Exchange.mostOfShort) { transaction in
            var answer = try transaction.enqueue(batch)
            answer.changes = transaction.changes
            return answer
        }
    }

    // MARK: Working

    @concurrent public func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        let locks = connection.locks
        return try await connection.write { transaction in
            let id = try transaction.nextWorker()
            let isLocked = locks?.hold(id) ?? false
            do {
                try transaction.register(worker, as: id, locked: isLocked)
                try transaction.finish()
            } catch {
                locks?.release(id)
                throw error
            }
            return WorkerID(id)
        }
    }

    @concurrent public func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        let changes = try await connection.write { transaction in
            try transaction.retire(worker)
            return transaction.changes
        }
        connection.locks?.release(worker.number)
        return changes
    }

    @concurrent public func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        var answer = ExchangeAnswer(now: time.now)
        var rest = request
        repeat {
            let (part, left) = try await connection.write(isShort: rest.isShort) { [rest] transaction in
                var left = rest
                return (try transaction.exchange(&left), left)
            }
            answer.add(part)
            rest = left
        } while !rest.settle.isEmpty || rest.claim != nil
        return answer
    }

    @concurrent public func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await connection.write { try $0.extend(tokens, of: worker, by: lease) }
    }

    @concurrent public func reclaim() async throws(StoreError) -> Advance {
        let locks = connection.locks
        return try await connection.write(isShort: false) { transaction in
            let locked = try transaction.query("SELECT id FROM roost_worker WHERE locked = 1 AND boot = ?")
                .bind(1, transaction.boot).all { $0.int(0) }
            let gone = try transaction.query("SELECT id FROM roost_worker WHERE boot <> ?")
                .bind(1, transaction.boot).all { $0.int(0) }
            try transaction.reclaim(dead: (locks?.dead(among: locked) ?? []).union(gone))
            return Advance(changes: transaction.changes, hasMore: transaction.hasMore)
        }
    }

    @concurrent public func advance() async throws(StoreError) -> Advance {
        try await connection.write(isShort: false) { transaction in
            try transaction.advance()
            return Advance(changes: transaction.changes, hasMore: transaction.hasMore)
        }
    }

    @concurrent public func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await connection.read { try $0.inputs(of: job, from: position, limit: limit) }
    }

    // MARK: Steering

    @concurrent public func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try await connection.write { try $0.perform(request) }
    }

    // MARK: Looking

    @concurrent public func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await connection.read { transaction in try jobs.map { try transaction.outcome(of: $0) } }
    }

    @concurrent public func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await connection.read { transaction in try jobs.map { try transaction.snapshot(of: $0) } }
    }

    @concurrent public func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await connection.read { try $0.attempts(of: job) }
    }

    @concurrent public func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try await connection.read { try $0.list(query) }
    }

    @concurrent public func counts() async throws(StoreError) -> [LaneCounts] {
        try await connection.read { try $0.counts() }
    }

    @concurrent public func workers() async throws(StoreError) -> [WorkerSnapshot] {
        try await connection.read { try $0.workers() }
    }

    public func changes(of topics: WakeTopics) -> StoreChanges {
        connection.hub.subscribe(to: topics)
    }

    // MARK: Keeping house

    @concurrent public func prune() async throws(StoreError) -> Int {
        try await connection.write(isShort: false) { try $0.prune() }
    }

    @concurrent public func close() async {
        await connection.close()
    }
}

extension Exchange {
    /// How many jobs a call may be about that counts as one that is done at once.
    fileprivate static let mostOfShort = 16

    fileprivate var isShort: Bool {
        settle.count <= Self.mostOfShort && claim?.limit ?? 0 <= Self.mostOfShort
    }
}

extension ExchangeAnswer {
    /// Takes in what the next transaction of the same call answered.
    fileprivate mutating func add(_ part: ExchangeAnswer) {
        settled += part.settled
        changes += part.changes
        claim = part.claim ?? claim
        hasMore = hasMore || part.hasMore
        now = part.now
    }
}
