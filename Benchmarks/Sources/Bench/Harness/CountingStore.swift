import RoostCore
import Synchronization

/// A store that counts what is settled in it, so that a drain ends when the store has the last end, and not when the
/// last body has returned. It costs a lock and a few additions a batch.
final class CountingStore: JobStore {
    struct Counts {
        /// Ends that the store answered `applied`.
        var settled = 0
        var exchanges = 0
        /// Exchanges that settled something.
        var settles = 0
        var firstClaim: Double?
        var lastSettle = 0.0
        fileprivate var targets: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let base: any JobStore
    private let gauge: WALGauge?
    /// Called after an exchange that was given less than it asked for, with all that was settled until then.
    private let whenShort: (@Sendable (Int) -> Void)?
    private let state = Mutex(Counts())

    init(_ base: any JobStore, gauge: WALGauge? = nil, whenShort: (@Sendable (Int) -> Void)? = nil) {
        self.base = base
        self.gauge = gauge
        self.whenShort = whenShort
    }

    var counts: Counts { state.withLock { $0 } }

    /// Returns once `count` jobs were settled here in all.
    func settled(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.settled < count else { return true }
                state.targets.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let answer = try await base.exchange(request)
        let applied = answer.settled.count { $0 == .applied }
        gauge?.note()
        let now = Clock.now
        let (reached, settled) = state.withLock { state in
            state.exchanges += 1
            if request.claim != nil, state.firstClaim == nil { state.firstClaim = now }
            guard applied > 0 else { return ([CheckedContinuation<Void, Never>](), state.settled) }
            state.settled += applied
            state.settles += 1
            state.lastSettle = now
            let count = state.settled
            let reached = state.targets.filter { $0.count <= count }.map(\.continuation)
            state.targets.removeAll { $0.count <= count }
            return (reached, count)
        }
        for continuation in reached { continuation.resume() }
        if let whenShort, (answer.claim?.jobs.count ?? 0) < (request.claim?.limit ?? 1) { whenShort(settled) }
        return answer
    }

    // MARK: Handed on

    var name: String { base.name }
    var time: any TimeSource { base.time }

    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await base.enqueue(batch)
    }

    @concurrent func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await base.register(worker)
    }

    @concurrent func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await base.retire(worker)
    }

    @concurrent func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await base.extend(tokens, of: worker, by: lease)
    }

    @concurrent func reclaim() async throws(StoreError) -> Advance { try await base.reclaim() }

    @concurrent func advance() async throws(StoreError) -> Advance { try await base.advance() }

    @concurrent func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await base.inputs(of: job, from: position, limit: limit)
    }

    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try await base.perform(request)
    }

    @concurrent func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await base.outcomes(of: jobs)
    }

    @concurrent func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await base.snapshots(of: jobs)
    }

    @concurrent func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await base.attempts(of: job)
    }

    @concurrent func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] { try await base.list(query) }

    @concurrent func counts() async throws(StoreError) -> [LaneCounts] { try await base.counts() }

    @concurrent func workers() async throws(StoreError) -> [WorkerSnapshot] { try await base.workers() }

    func changes(of topics: WakeTopics) -> StoreChanges { base.changes(of: topics) }

    @concurrent func prune() async throws(StoreError) -> Int { try await base.prune() }

    @concurrent func close() async { await base.close() }
}
