import DequeModule
import Synchronization

/// A store in the memory of this process: for tests, for work that need not survive the process, and the reference
/// that other stores are compared with.
///
/// ```swift
/// let queue = try await JobQueue(.memory)
/// ```
///
/// All that it holds is gone with the process. Within it, it keeps every promise of ``JobStore``.
public final class MemoryStore: JobStore {
    public let name = "memory"
    public let time: any TimeSource

    // A lock and not an actor: a call takes about a microsecond a job, and hops would cost more than that.
    private let state = Mutex(MemoryState())
    private let hub = ChangeHub()

    public init(time: any TimeSource = .system) {
        self.time = time
    }

    @concurrent public func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try call { state throws(StoreError) in
            let items = try state.enqueue(batch)
            state.resolveEdges()
            return EnqueueAnswer(items: items, changes: state.changes)
        }
    }

    @concurrent public func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try call { $0.register(worker) }
    }

    @concurrent public func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try call { state in
            state.retire(worker)
            state.resolveEdges()
            return state.changes
        }
    }

    @concurrent public func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try call { state in
            let settled = request.settle.map { state.settle($0) }
            state.resolveEdges()
            let claim = request.claim.map { state.claim($0, for: request.worker) }
            return ExchangeAnswer(
                settled: settled,
                changes: state.changes,
                claim: claim,
                hasMore: state.hasStepsLeft,
                now: state.now
            )
        }
    }

    @concurrent public func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try call { $0.extend(tokens, of: worker, by: lease) }
    }

    @concurrent public func reclaim() async throws(StoreError) -> Advance {
        try call { state in
            let hasMore = state.reclaim()
            state.resolveEdges()
            return Advance(changes: state.changes, hasMore: hasMore)
        }
    }

    @concurrent public func advance() async throws(StoreError) -> Advance {
        try call { state in
            let hasMore = state.advance()
            return Advance(changes: state.changes, hasMore: hasMore)
        }
    }

    @concurrent public func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try call { $0.inputRecords(of: job, from: position, limit: limit) }
    }

    @concurrent public func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try call { $0.perform(request) }
    }

    @concurrent public func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try call { state in jobs.map { state.outcome(of: $0) } }
    }

    @concurrent public func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try call { state in jobs.map { state.snapshot(of: $0) } }
    }

    @concurrent public func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try call { state in state.attempts[job].map { Array($0) } ?? [] }
    }

    @concurrent public func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try call { $0.list(query) }
    }

    @concurrent public func counts() async throws(StoreError) -> [LaneCounts] {
        try call { $0.laneCounts() }
    }

    @concurrent public func workers() async throws(StoreError) -> [WorkerSnapshot] {
        try call { $0.workers }
    }

    public func changes(of topics: WakeTopics) -> StoreChanges {
        hub.subscribe(to: topics)
    }

    @concurrent public func prune() async throws(StoreError) -> Int {
        try call { $0.prune() }
    }

    @concurrent public func close() async {
        state.withLock { $0 = MemoryState(isClosed: true) }
        hub.finish()
    }

    /// Runs one call as a transaction, then wakes those who wait for what it did.
    private func call<Answer: Sendable>(
        _ body: (inout MemoryState) throws(StoreError) -> Answer
    ) throws(StoreError) -> Answer {
        let (answer, topics) = try state.withLock { state throws(StoreError) in
            guard !state.isClosed else { throw StoreError(.closed, "the store was closed") }
            // Read under the lock, so that no call sees an earlier time than the one before it.
            state.begin(now: time.now, uptime: time.uptime)
            let answer = try body(&state)
            return (answer, state.topics)
        }
        if !topics.isEmpty { hub.publish(topics) }
        return answer
    }
}
