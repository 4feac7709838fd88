public import RoostCore

/// A store that hands its calls on to another, and changes what it likes.
///
/// Every call goes through ``pass(_:_:)``. To count calls, to delay them or to have them fail, write that alone:
///
/// ```swift
/// struct Unreliable: StoreLayer {
///     let base: any JobStore
///
///     func pass<Answer: Sendable>(
///         _ call: StoreCall,
///         _ body: () async throws(StoreError) -> Answer
///     ) async throws(StoreError) -> Answer {
///         if Int.random(in: 0..<10) == 0 { throw StoreError(.unavailable, "the connection was lost") }
///         return try await body()
///     }
/// }
///
/// let queue = JobQueue(store: Unreliable(base: MemoryStore()))
/// ```
///
/// To look at a request or at its answer, or to change them, write the call itself. It does not go through
/// ``pass(_:_:)`` then, unless it says so:
///
/// ```swift
/// func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
///     print("enqueues", batch.jobs.map(\.kind))
///     return try await pass(.enqueue) { () async throws(StoreError) in try await base.enqueue(batch) }
/// }
/// ```
public protocol StoreLayer: JobStore {
    /// The store that the calls are handed on to.
    var base: any JobStore { get }

    /// What every call goes through, but for `changes(of:)`, `close()`, and those that the layer writes itself. Unless
    /// written otherwise, it makes the call and no more.
    ///
    /// - Parameters:
    ///   - call: which call it is.
    ///   - body: makes the call. It may be left out, or made again where the store allows that (rule 7 of
    ///     ``/RoostCore/JobStore``).
    /// - Returns: what the caller is answered.
    /// - Throws: what the caller is thrown.
    @concurrent func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer
}

extension StoreLayer {
    public var name: String { base.name }
    public var time: any TimeSource { base.time }
    public var exchangesAtOnce: Int { base.exchangesAtOnce }

    @concurrent public func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        try await body()
    }

    @concurrent public func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await pass(.enqueue) { () async throws(StoreError) in try await base.enqueue(batch) }
    }

    @concurrent public func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await pass(.register) { () async throws(StoreError) in try await base.register(worker) }
    }

    @concurrent public func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await pass(.retire) { () async throws(StoreError) in try await base.retire(worker) }
    }

    @concurrent public func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await pass(.exchange) { () async throws(StoreError) in try await base.exchange(request) }
    }

    @concurrent public func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await pass(.extend) { () async throws(StoreError) in
            try await base.extend(tokens, of: worker, by: lease)
        }
    }

    @concurrent public func reclaim() async throws(StoreError) -> Advance {
        try await pass(.reclaim) { () async throws(StoreError) in try await base.reclaim() }
    }

    @concurrent public func advance() async throws(StoreError) -> Advance {
        try await pass(.advance) { () async throws(StoreError) in try await base.advance() }
    }

    @concurrent public func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await pass(.inputs) { () async throws(StoreError) in
            try await base.inputs(of: job, from: position, limit: limit)
        }
    }

    @concurrent public func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try await pass(.perform) { () async throws(StoreError) in try await base.perform(request) }
    }

    @concurrent public func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await pass(.outcomes) { () async throws(StoreError) in try await base.outcomes(of: jobs) }
    }

    @concurrent public func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await pass(.snapshots) { () async throws(StoreError) in try await base.snapshots(of: jobs) }
    }

    @concurrent public func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await pass(.attempts) { () async throws(StoreError) in try await base.attempts(of: job) }
    }

    @concurrent public func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try await pass(.list) { () async throws(StoreError) in try await base.list(query) }
    }

    @concurrent public func counts() async throws(StoreError) -> [LaneCounts] {
        try await pass(.counts) { () async throws(StoreError) in try await base.counts() }
    }

    @concurrent public func workers() async throws(StoreError) -> [WorkerSnapshot] {
        try await pass(.workers) { () async throws(StoreError) in try await base.workers() }
    }

    public func changes(of topics: WakeTopics) -> StoreChanges { base.changes(of: topics) }

    @concurrent public func prune() async throws(StoreError) -> Int {
        try await pass(.prune) { () async throws(StoreError) in try await base.prune() }
    }

    @concurrent public func close() async { await base.close() }
}
