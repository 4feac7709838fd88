package import RoostCore
import Synchronization

/// Writes the journal of the store below it, as triggers do in a database: after each call it looks at all that the store
/// holds and tells what has changed since the call before. It takes no answer's word for it.
package final class JournalingStore: StoreLayer {
    package var time: any TimeSource { executor }
    package let base: any JobStore
    private let executor: SimulationExecutor
    private let recorder: SimulationRecorder
    private let state = Mutex(Journal())

    init(_ base: any JobStore, executor: SimulationExecutor, recorder: SimulationRecorder) {
        self.base = base
        self.executor = executor
        self.recorder = recorder
    }

    /// How many jobs have not ended, as of the last call.
    var unfinished: Int { state.withLock { $0.view.rows.count { !$0.state.isFinished } } }

    /// The jobs, as of the last call.
    var rows: [JournalView.Row] { state.withLock { $0.view.rows } }

    /// The jobs as they stand in the store.
    func final() async throws(StoreError) -> [History.FinalJob] {
        let view = try await JournalView.look(at: base)
        return state.withLock { $0.final(view) }
    }

    // MARK: The journal

    private func journal<Answer: Sendable>(
        _ asked: Journal.Asked,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let step = executor.steps
        let result: Result<Answer, StoreError>
        do throws(StoreError) {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        let view = try await JournalView.look(at: base)
        precondition(executor.steps == step, "a call and the look after it were parted: the journal would mix up calls")
        write(asked, view)
        return try result.get()
    }

    private func write(_ asked: Journal.Asked, _ view: JournalView) {
        let uptime = executor.uptime
        for event in state.withLock({ $0.write(asked, view, uptime: uptime) }) { recorder.note(event) }
    }

    // MARK: Calls that change something

    package func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        call.onlyLooks ? try await body() : try await journal(Journal.Asked(), body)
    }

    package func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let asked = Journal.Asked(settled: request.settle, lease: request.claim?.lease ?? .zero)
        return try await journal(asked) { () async throws(StoreError) in try await base.exchange(request) }
    }

    package func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        let answer = try await pass(.extend) { () async throws(StoreError) in
            try await base.extend(tokens, of: worker, by: lease)
        }
        // No look at the store shows a lease's end. What the store promised counts: if it takes a job back earlier, the
        // history shows two leases at a time.
        let extended = tokens.filter { !answer.lost.contains($0) }
        let uptime = executor.uptime
        let events = state.withLock { $0.extended(extended, until: uptime + lease, uptime: uptime) }
        for event in events { recorder.note(event) }
        return answer
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
            try await base.perform(request)
        }
    }
}
