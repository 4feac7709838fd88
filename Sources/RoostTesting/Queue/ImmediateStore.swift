import RoostCore
import Synchronization

/// A memory store that runs its jobs whenever some were enqueued.
final class ImmediateStore: JobStore {
    private let base: MemoryStore
    private let clock: TestTimeSource
    private let runner = Mutex<InlineWorker?>(nil)
    private let turns = Turns()
    /// The arguments of all jobs, which a store forgets when a job succeeded and a test may wish to see.
    private let payloads = Mutex<[JobID: Payload]>([:])

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
        try await inTurn { () async throws(StoreError) in
            let answer = try await self.base.enqueue(batch)
            self.payloads.withLock { payloads in
                for (job, item) in zip(batch.jobs, answer.items) where item == .stored {
                    payloads[job.id] = job.payload
                }
            }
            return answer
        }
    }

    @concurrent func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        try await inTurn { () async throws(StoreError) in try await self.base.perform(request) }
    }

    func runDueJobs(after duration: Duration) async throws(StoreError) {
        try await inTurn { () async throws(StoreError) in self.clock.advance(by: duration) }
    }

    /// Makes a call and runs what is ready then, one caller after the other: so the job that a call enqueued has ended when
    /// it returns. A call by a job that runs has its turn already.
    private func inTurn<Answer: Sendable>(
        _ call: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        if JobContext.current != nil {
            let answer = try await call()
            try await runReady()
            return answer
        }
        await turns.take()
        defer { turns.end() }
        let answer = try await call()
        try await runReady()
        return answer
    }

    /// Runs what is ready, and what failed and waits for its next attempt.
    private func runReady() async throws(StoreError) {
        guard let runner = runner.withLock({ $0 }) else { return }
        try await runner.runReady()
        while try await skipBackoff() { try await runner.runReady() }
    }

    /// Makes jobs that failed and wait for their next attempt ready; not those that asked to be tried again, which might
    /// ask for ever.
    ///
    /// - Returns: whether there was one.
    private func skipBackoff() async throws(StoreError) -> Bool {
        var didSkip = false
        for job in try await base.list(JobQuery(states: [.scheduled], limit: 1000)) where job.attempt > 0 {
            let reason = try await base.attempts(of: job.id).last?.failure.reason
            guard reason != .retryRequested, reason != .cancelled else { continue }
            _ = try await base.perform(ActionRequest(.reschedule(job.id, .now), by: "immediate queue"))
            didSkip = true
        }
        return didSkip
    }

    /// `job` with its arguments, also where it succeeded.
    private func withPayload(_ job: JobSnapshot) -> JobSnapshot {
        var job = job
        job.payload = job.payload ?? payloads.withLock { $0[job.id] }
        return job
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

    @concurrent func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await base.outcomes(of: jobs)
    }

    @concurrent func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await base.snapshots(of: jobs).map { $0.map(withPayload) }
    }

    @concurrent func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await base.attempts(of: job)
    }

    @concurrent func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try await base.list(query).map(withPayload)
    }

    @concurrent func counts() async throws(StoreError) -> [LaneCounts] { try await base.counts() }
    @concurrent func workers() async throws(StoreError) -> [WorkerSnapshot] { try await base.workers() }
    func changes(of topics: WakeTopics) -> StoreChanges { base.changes(of: topics) }
    @concurrent func prune() async throws(StoreError) -> Int { try await base.prune() }
    @concurrent func close() async { await base.close() }
}

/// Lets one task at a time do something, in the order in which they came.
private final class Turns: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                if state.isTaken { state.waiting.append(continuation) }
                defer { state.isTaken = true }
                return !state.isTaken
            }
            if isMine { continuation.resume() }
        }
    }

    func end() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil as CheckedContinuation<Void, Never>?
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
