import RoostCore
import Synchronization

/// A store whose calls are counted, and can be made to fail: before they are done, or after, as when a reply is lost.
final class WatchedStore: JobStore {
    enum Call: Hashable {
        case enqueue
        case register
        case retire
        case exchange
        case extend
        case reclaim
        case advance
        case inputs
        case perform
        case outcomes
        case snapshots
        case attempts
        case list
        case counts
        case workers
        case prune
    }

    /// Given the call and its number among those of its kind, from 1; an error that it answers is thrown.
    typealias Fault = @Sendable (Call, Int) -> StoreError?

    let base: any JobStore
    private let before: Fault
    private let after: Fault
    private let change: @Sendable (inout Exchange) -> Void
    private let made = Mutex<[Call: Int]>([:])

    init(
        _ base: any JobStore = MemoryStore(),
        before: @escaping Fault = { _, _ in nil },
        after: @escaping Fault = { _, _ in nil },
        changing change: @escaping @Sendable (inout Exchange) -> Void = { _ in }
    ) {
        self.base = base
        self.before = before
        self.after = after
        self.change = change
    }

    func count(of call: Call) -> Int {
        made.withLock { $0[call] ?? 0 }
    }

    private func make<Answer: Sendable>(
        _ call: Call,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let number = made.withLock { made in
            made[call, default: 0] += 1
            return made[call] ?? 0
        }
        if let error = before(call, number) { throw error }
        let answer = try await body()
        if let error = after(call, number) { throw error }
        return answer
    }

    var name: String { "watched \(base.name)" }
    var time: any TimeSource { base.time }

    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await make(.enqueue) { () async throws(StoreError) in try await base.enqueue(batch) }
    }

    @concurrent func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await make(.register) { () async throws(StoreError) in try await base.register(worker) }
    }

    @concurrent func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await make(.retire) { () async throws(StoreError) in try await base.retire(worker) }
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await make(.exchange) { () async throws(StoreError) in
            var request = request
            change(&request)
            return try await base.exchange(request)
        }
    }

    @concurrent func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await make(.extend) { () async throws(StoreError) in
            try await base.extend(tokens, of: worker, by: lease)
        }
    }

    @concurrent func reclaim() async throws(StoreError) -> Advance {
        try await make(.reclaim) { () async throws(StoreError) in try await base.reclaim() }
    }

    @concurrent func advance() async throws(StoreError) -> Advance {
        try await make(.advance) { () async throws(StoreError) in try await base.advance() }
    }

    @concurrent func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await make(.inputs) { () async throws(StoreError) in
            try await base.inputs(of: job, from: position, limit: limit)
        }
    }

    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try await make(.perform) { () async throws(StoreError) in try await base.perform(request) }
    }

    @concurrent func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await make(.outcomes) { () async throws(StoreError) in try await base.outcomes(of: jobs) }
    }

    @concurrent func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await make(.snapshots) { () async throws(StoreError) in try await base.snapshots(of: jobs) }
    }

    @concurrent func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await make(.attempts) { () async throws(StoreError) in try await base.attempts(of: job) }
    }

    @concurrent func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try await make(.list) { () async throws(StoreError) in try await base.list(query) }
    }

    @concurrent func counts() async throws(StoreError) -> [LaneCounts] {
        try await make(.counts) { () async throws(StoreError) in try await base.counts() }
    }

    @concurrent func workers() async throws(StoreError) -> [WorkerSnapshot] {
        try await make(.workers) { () async throws(StoreError) in try await base.workers() }
    }

    func changes(of topics: WakeTopics) -> StoreChanges { base.changes(of: topics) }

    @concurrent func prune() async throws(StoreError) -> Int {
        try await make(.prune) { () async throws(StoreError) in try await base.prune() }
    }

    @concurrent func close() async { await base.close() }
}
