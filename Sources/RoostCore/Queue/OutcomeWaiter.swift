import Logging
import Synchronization

/// Waits for the ends of jobs, for all who wait in this process together: one query for all of them, after each
/// wake-up by the store.
final class OutcomeWaiter: Sendable {
    private struct Waiting {
        let ticket: Int
        let job: JobID
        let continuation: CheckedContinuation<StoredOutcome, any Error>
    }

    private struct State {
        var nextTicket = 0
        /// By job, since ten thousand may be waited for at once.
        var waiting: [JobID: [Waiting]] = [:]
        /// The job that each ticket waits for.
        var jobs: [Int: JobID] = [:]
        /// The jobs in the order of arrival; some may be there twice, or no longer be waited for.
        var order: [JobID] = []
        /// Tickets whose task was cancelled before it began to wait.
        var cancelled: Set<Int> = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let signal = Signal()
    private let store: any JobStore
    private let logger: Logger
    private let executor: (any TaskExecutor)?

    /// How often jobs are looked for that are no longer there at all, since nobody rings for those.
    private static let sweep: Duration = .seconds(5)
    /// The jobs that one query asks for.
    private static let page = 500

    init(store: any JobStore, logger: Logger, executor: (any TaskExecutor)? = nil) {
        self.store = store
        self.logger = logger
        self.executor = executor
    }

    /// How the job ended, once it has.
    ///
    /// - Throws: `JobNotFound` if it is no longer known; `StoreError`, unless trying again may help;
    ///   `CancellationError`.
    func outcome(of job: JobID) async throws -> StoredOutcome {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        // A cancel may come after the end.
        defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(Waiting(ticket: ticket, job: job, continuation: continuation))
            }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func add(_ waiting: Waiting) {
        let (isCancelled, mustStart) = state.withLock { state in
            if state.cancelled.remove(waiting.ticket) != nil { return (true, false) }
            state.waiting[waiting.job, default: []].append(waiting)
            state.jobs[waiting.ticket] = waiting.job
            state.order.append(waiting.job)
            defer { state.isRunning = true }
            return (false, !state.isRunning)
        }
        if isCancelled {
            waiting.continuation.resume(throwing: CancellationError())
        } else if mustStart {
            // The one task for all who wait; it ends with the last of them.
            Task(executorPreference: executor) { await self.run() }
        } else {
            signal.ring()
        }
    }

    private func cancel(_ ticket: Int) {
        let waiting = state.withLock { state -> Waiting? in
            guard let job = state.jobs.removeValue(forKey: ticket),
                let index = state.waiting[job]?.firstIndex(where: { $0.ticket == ticket })
            else {
                state.cancelled.insert(ticket)
                return nil
            }
            defer { if state.waiting[job]?.isEmpty == true { state.waiting[job] = nil } }
            return state.waiting[job]?.remove(at: index)
        }
        waiting?.continuation.resume(throwing: CancellationError())
        signal.ring()
    }

    private func run() async {
        let changes = store.changes(of: .settled)
        await withDiscardingTaskGroup { group in
            group.addTask {
                while await changes.next() != nil { self.signal.ring() }
                // The store was closed: those who wait are to be told.
                self.signal.ring()
            }
            var failures = 0
            var nextSweep = store.time.uptime + Self.sweep
            while let jobs = jobsToAskFor() {
                let now = store.time.uptime
                do throws(StoreError) {
                    try await answer(jobs, sweeps: now >= nextSweep)
                    if now >= nextSweep { nextSweep = now + Self.sweep }
                    failures = 0
                } catch  where error.isTransient {
                    failures += 1
                    logger.warning("cannot ask for outcomes, will try again", metadata: ["error": "\(error)"])
                } catch {
                    failAll(error)
                }
                if !isWaitedFor { continue }
                let pause =
                    failures == 0 ? nextSweep : now + min(.milliseconds(100) * (1 << min(failures, 6)), Self.sweep)
                await signal.wait(until: pause, by: store.time)
            }
            group.cancelAll()
        }
    }

    /// The jobs that are waited for, each once; nil, and the end of the run, where there are none.
    private func jobsToAskFor() -> [JobID]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.order = []
                state.isRunning = false
                return nil
            }
            var seen: Set<JobID> = []
            let waiting = state.waiting
            state.order.removeAll { waiting[$0] == nil || !seen.insert($0).inserted }
            return state.order
        }
    }

    private var isWaitedFor: Bool { state.withLock { !$0.waiting.isEmpty } }

    private func answer(_ jobs: [JobID], sweeps: Bool) async throws(StoreError) {
        var start = 0
        while start < jobs.count {
            let page = Array(jobs[start..<min(start + Self.page, jobs.count)])
            start += page.count
            let outcomes = try await store.outcomes(of: page)
            var open: [JobID] = []
            for (job, outcome) in zip(page, outcomes) {
                if let outcome {
                    resolve(job, .success(outcome))
                } else {
                    open.append(job)
                }
            }
            guard sweeps, !open.isEmpty else { continue }
            let snapshots = try await store.snapshots(of: open)
            for (job, snapshot) in zip(open, snapshots) where snapshot == nil {
                resolve(job, .failure(JobNotFound(job: job)))
            }
        }
    }

    private func resolve(_ job: JobID, _ result: Result<StoredOutcome, any Error>) {
        let resolved = state.withLock { state in
            let resolved = state.waiting.removeValue(forKey: job) ?? []
            for waiting in resolved { state.jobs[waiting.ticket] = nil }
            return resolved
        }
        for waiting in resolved { waiting.continuation.resume(with: result) }
    }

    private func failAll(_ error: any Error) {
        let jobs = state.withLock { $0.order }
        for job in jobs { resolve(job, .failure(error)) }
    }
}
