package import RoostCore
import Synchronization

/// Writes the journal of the store below it, as triggers do in a database: after each call it looks at all that the store
/// holds and tells what has changed since the call before. It takes no answer's word for it.
package final class JournalingStore: JobStore {
    package var name: String { store.name }
    package var time: any TimeSource { executor }
    private let store: any JobStore
    private let executor: SimulationExecutor
    private let recorder: SimulationRecorder
    private let state = Mutex(Journal())

    init(_ store: any JobStore, executor: SimulationExecutor, recorder: SimulationRecorder) {
        self.store = store
        self.executor = executor
        self.recorder = recorder
    }

    /// How many jobs have not ended, as of the last call.
    var unfinished: Int { state.withLock { $0.view.rows.count { !$0.state.isFinished } } }

    /// The jobs, as of the last call.
    var rows: [JournalView.Row] { state.withLock { $0.view.rows } }

    /// The jobs as they stand in the store.
    func final() async throws(StoreError) -> [History.FinalJob] {
        let view = try await JournalView.look(at: store)
        return state.withLock { $0.final(view) }
    }

    // MARK: The journal

    private func journal<Answer: Sendable>(
        _ asked: Journal.Asked = Journal.Asked(),
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let step = executor.steps
        let result: Result<Answer, StoreError>
        do throws(StoreError) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        let view = try await JournalView.look(at: store)
        precondition(executor.steps == step, "a call and the look after it were parted: the journal would mix up calls")
        write(asked, view)
        return try result.get()
    }

    private func write(_ asked: Journal.Asked, _ view: JournalView) {
        let uptime = executor.uptime
        for event in state.withLock({ $0.write(asked, view, uptime: uptime) }) { recorder.note(event) }
    }

    // MARK: Calls that change something

    package func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        try await journal { () async throws(StoreError) in try await store.enqueue(batch) }
    }

    package func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        try await journal { () async throws(StoreError) in try await store.register(worker) }
    }

    package func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await journal { () async throws(StoreError) in try await store.retire(worker) }
    }

    package func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let asked = Journal.Asked(settled: request.settle, lease: request.claim?.lease ?? .zero)
        return try await journal(asked) { () async throws(StoreError) in try await store.exchange(request) }
    }

    package func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        let answer = try await journal { () async throws(StoreError) in
            try await store.extend(tokens, of: worker, by: lease)
        }
        // No look at the store shows a lease's end. What the store promised counts: if it takes a job back earlier, the
        // history shows two leases at a time.
        let extended = tokens.filter { !answer.lost.contains($0) }
        let uptime = executor.uptime
        let events = state.withLock { $0.extended(extended, until: uptime + lease, uptime: uptime) }
        for event in events { recorder.note(event) }
        return answer
    }

    package func reclaim() async throws(StoreError) -> Advance {
        try await journal { () async throws(StoreError) in try await store.reclaim() }
    }

    package func advance() async throws(StoreError) -> Advance {
        try await journal { () async throws(StoreError) in try await store.advance() }
    }

    package func perform(_ request: ActionRequest) async throws(StoreError) -> ActionAnswer {
        let (kind, job): (HistoryEvent.OperatorAction.Kind, JobID?) =
            switch request.action {
            case .cancel(let job): (.cancel, job)
            case .cancelGraph(let graph): (.cancelGraph, graph)
            case .retry(let job): (.retry, job)
            case .delete(let job): (.delete, job)
            case .reschedule(let job, _), .revoke(.job(let job), _, _), .restore(.job(let job)): (.other, job)
            default: (.other, nil)
            }
        return try await journal(Journal.Asked(action: kind, job: job)) { () async throws(StoreError) in
            try await store.perform(request)
        }
    }

    package func prune() async throws(StoreError) -> Int {
        try await journal { () async throws(StoreError) in try await store.prune() }
    }

    // MARK: Calls that look

    package func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        try await store.inputs(of: job, from: position, limit: limit)
    }

    package func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        try await store.outcomes(of: jobs)
    }

    package func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        try await store.snapshots(of: jobs)
    }

    package func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        try await store.attempts(of: job)
    }

    package func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] { try await store.list(query) }

    package func counts() async throws(StoreError) -> [LaneCounts] { try await store.counts() }

    package func workers() async throws(StoreError) -> [WorkerSnapshot] { try await store.workers() }

    package func changes(of topics: WakeTopics) -> StoreChanges { store.changes(of: topics) }

    package func close() async { await store.close() }
}
