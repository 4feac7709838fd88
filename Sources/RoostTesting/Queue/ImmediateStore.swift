import RoostCore
import Synchronization

/// A memory store that runs its jobs whenever some were enqueued.
final class ImmediateStore: StoreLayer {
    let name = "immediate"
    let base: any JobStore
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

    @concurrent func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        switch call {
        case .enqueue, .perform: try await inTurn(body)
        default: try await body()
        }
    }

    @concurrent func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await pass(.enqueue) { () async throws(StoreError) in
            let answer = try await self.base.enqueue(batch)
            self.payloads.withLock { payloads in
                for (job, item) in zip(batch.jobs, answer.items) where item == .stored {
                    payloads[job.id] = job.payload
                }
            }
            return answer
        }
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

    @concurrent func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await base.snapshots(of: jobs).map { $0.map(withPayload) }
    }

    @concurrent func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        try await base.list(query).map(withPayload)
    }
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
