import Logging
import Synchronization

/// Waits for the ends of jobs, for all who wait in this process together: one query for all of them, after each
/// wake-up by the store.
///
/// One task looks for all. It stays for a while after the last wait, so that a client which waits for one job after the
/// other starts no task, subscription or timer for each.
final class OutcomeWaiter: Sendable {
    private typealias Ticket = OutcomeWaits.Ticket

    private struct State {
        var nextTicket = 0
        var waits: OutcomeWaits
        var continuations: [Ticket: CheckedContinuation<StoredOutcome, any Error>] = [:]
        /// Those whose task was cancelled before it began to wait.
        var cancelled: Set<Ticket> = []
    }

    private let state: Mutex<State>
    private let signal = Signal()
    private let store: any JobStore
    private let logger: Logger
    private let executor: (any TaskExecutor)?
    private let lingers: Bool

    /// The jobs that one query asks for.
    private static let page = 500

    /// - Parameter lingers: whether the task stays; nil: where the time is the system's. Who moves a clock by hand wishes
    ///   to see who waits.
    init(store: any JobStore, logger: Logger, executor: (any TaskExecutor)? = nil, lingers: Bool? = nil) {
        self.store = store
        self.logger = logger
        self.executor = executor
        self.lingers = lingers ?? (store.time is SystemTimeSource)
        self.state = Mutex(State(waits: OutcomeWaits(lingers: self.lingers)))
    }

    /// How the job ended, once it has.
    ///
    /// - Parameter timeout: how long to wait, at least for one look; nil: as long as it takes.
    /// - Throws: `JobNotFound` if it is not known, or no longer; `JobWaitTimeout`; `StoreError`, unless trying again may
    ///   help; `CancellationError`.
    func outcome(of job: JobID, timeout: Duration?) async throws -> StoredOutcome {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        // A cancel may come after the end.
        defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { add(ticket, for: job, timeout: timeout, $0) }
        } onCancel: {
            cancel(ticket)
        }
    }

    private func add(
        _ ticket: Ticket,
        for job: JobID,
        timeout: Duration?,
        _ continuation: CheckedContinuation<StoredOutcome, any Error>
    ) {
        let now = store.time.uptime
        let (isCancelled, mustStart) = state.withLock { state in
            if state.cancelled.remove(ticket) != nil { return (true, false) }
            state.continuations[ticket] = continuation
            return (false, state.waits.add(ticket, for: job, timeout: timeout, now: now))
        }
        if isCancelled {
            continuation.resume(throwing: CancellationError())
        } else if mustStart {
            Task(executorPreference: executor) { await self.run() }
        } else {
            signal.ring()
        }
    }

    private func cancel(_ ticket: Ticket) {
        let continuation = state.withLock { state in
            if !state.waits.remove(ticket) { state.cancelled.insert(ticket) }
            return state.continuations.removeValue(forKey: ticket)
        }
        continuation?.resume(throwing: CancellationError())
        signal.ring()
    }

    /// Nobody will wait any more once those who do have their answers: the task need not stay.
    func leave() {
        state.withLock { $0.waits.lingers = false }
        signal.ring()
    }

    // MARK: The task that looks

    private func run() async {
        let changes = store.changes(of: .settled)
        let alarm = Alarm(signal, by: store.time, sleepsOn: lingers)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(changes) }
            group.addTask { await alarm.run() }
            await serve(alarm, &group)
            group.cancelAll()
            alarm.end()
        }
    }

    private func follow(_ changes: StoreChanges) async {
        while await changes.next() != nil {
            state.withLock { $0.waits.rung() }
            signal.ring()
        }
        guard !Task.isCancelled else { return }
        state.withLock { $0.waits.closed() }
        signal.ring()
    }

    private func serve(_ alarm: Alarm, _ group: inout DiscardingTaskGroup) async {
        while true {
            let now = store.time.uptime
            expire(now: now)
            switch state.withLock({ $0.waits.next(now: now) }) {
            case .look(let jobs, let sweeps):
                // In a task of its own: a store that does not answer must not hold up those whose time is up.
                group.addTask { await self.look(at: jobs, sweeps: sweeps) }
            case .wait(let deadline):
                await alarm.wait(until: deadline)
            case .end:
                return
            }
        }
    }

    private func expire(now: Duration) {
        let expired = state.withLock { state in
            state.waits.expire(now: now).map { (state.continuations.removeValue(forKey: $0.ticket), $0.error) }
        }
        for (continuation, error) in expired { continuation?.resume(throwing: error) }
    }

    private func look(at jobs: [JobID], sweeps: Bool) async {
        var failed = false
        do throws(StoreError) {
            for start in stride(from: 0, to: jobs.count, by: Self.page) {
                try await answer(Array(jobs[start..<min(start + Self.page, jobs.count)]), sweeps: sweeps)
            }
        } catch {
            failed = true
            logger.warning("cannot ask for outcomes, will try again", metadata: ["error": "\(error)"])
        }
        let now = store.time.uptime
        state.withLock { [failed] in $0.waits.looked(at: jobs, failed: failed, sweeps: sweeps, now: now) }
        signal.ring()
    }

    /// - Throws: `StoreError` where trying again may help.
    private func answer(_ jobs: [JobID], sweeps: Bool) async throws(StoreError) {
        do throws(StoreError) {
            let open = try await take(outcomesOf: jobs)
            let doubtful = sweeps ? open : state.withLock { $0.waits.unknown(of: open) }
            guard !doubtful.isEmpty else { return }
            let snapshots = try await store.snapshots(of: doubtful)
            var missing: [JobID] = []
            state.withLock { state in
                for (job, snapshot) in zip(doubtful, snapshots) {
                    if snapshot == nil { missing.append(job) } else { state.waits.markKnown(job) }
                }
            }
            guard !missing.isEmpty else { return }
            // It may have ended between the two looks.
            for job in try await take(outcomesOf: missing) { resolve(job, .failure(JobNotFound(job: job))) }
        } catch  where error.isTransient {
            throw error
        } catch {
            // It may be about one of the jobs, and those who wait for others must not hear of it.
            if jobs.count > 1 {
                for job in jobs { try await answer([job], sweeps: sweeps) }
            } else {
                for job in jobs { resolve(job, .failure(error)) }
            }
        }
    }

    /// - Returns: the jobs that have no outcome yet.
    private func take(outcomesOf jobs: [JobID]) async throws(StoreError) -> [JobID] {
        var open: [JobID] = []
        for (job, outcome) in zip(jobs, try await store.outcomes(of: jobs)) {
            if let outcome { resolve(job, .success(outcome)) } else { open.append(job) }
        }
        return open
    }

    private func resolve(_ job: JobID, _ result: Result<StoredOutcome, any Error>) {
        let continuations = state.withLock { state in
            state.waits.end(job).compactMap { state.continuations.removeValue(forKey: $0) }
        }
        for continuation in continuations { continuation.resume(with: result) }
    }
}
