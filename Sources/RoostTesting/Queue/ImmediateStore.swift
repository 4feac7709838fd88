import RoostCore
import Synchronization

/// A memory store that runs its jobs whenever some were enqueued.
final class ImmediateStore: JobStore {
    private let base: MemoryStore
    private let clock: TestTimeSource
    private let runner = Mutex<InlineWorker?>(nil)

    init(time: TestTimeSource) {
        self.clock = time
        self.base = MemoryStore(time: time)
    }

    /// - Throws: as a worker does at its start.
    func attach(_ worker: Worker) throws {
        let inline = try InlineWorker(worker)
        runner.withLock { $0 = inline }
    }

    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        let answer = try await base.enqueue(batch)
        try await runReady()
        return answer
    }

    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        let answer = try await base.perform(request)
        try await runReady()
        return answer
    }

    func runDueJobs(after duration: Duration) async throws(StoreError) {
        clock.advance(by: duration)
        try await runReady()
    }

    /// Runs what is ready, and what failed and waits for its next attempt.
    private func runReady() async throws(StoreError) {
        guard let runner = runner.withLock({ $0 }) else { return }
        try await runner.runReady()
        while try await skipBackoff() { try await runner.runReady() }
    }

    /// Makes jobs that wait for their next attempt ready.
    ///
    /// - Returns: whether there was one.
    private func skipBackoff() async throws(StoreError) -> Bool {
        let waiting = try await base.list(JobQuery(states: [.scheduled], limit: 1000)).filter { $0.attempt > 0 }
        for job in waiting {
            _ = try await base.perform(ActionRequest(.reschedule(job.id, .now), by: "immediate queue"))
        }
        return !waiting.isEmpty
    }

    // MARK: As the memory store does

    var name: String { "immediate" }
    var time: any TimeSource { clock }

    @concurrent func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await base.register(worker)
    }

    @concurrent func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await base.retire(worker)
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await base.exchange(request)
    }

    @concurrent func extend(
        _ tokens: [LeaseToken], of worker: WorkerID, by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        try await base.extend(tokens, of: worker, by: lease)
    }

    @concurrent func reclaim() async throws(StoreError) -> Advance { try await base.reclaim() }
    @concurrent func advance() async throws(StoreError) -> Advance { try await base.advance() }

    @concurrent func inputs(
        of job: JobID, from position: Int32, limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await base.inputs(of: job, from: position, limit: limit)
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
