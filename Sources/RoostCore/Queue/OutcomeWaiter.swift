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
        var waits = OutcomeWaits()
        var continuations: [Ticket: CheckedContinuation<StoredOutcome, any Error>] = [:]
        /// Those whose task was cancelled before it began to wait.
        var cancelled: Set<Ticket> = []
        var isRunning = false
        /// Whether the store was closed: nothing will ring any more.
        var isClosed = false
    }

    private let state = Mutex(State())
    private let signal = Signal()
    private let store: any JobStore
    private let logger: Logger
    private let executor: (any TaskExecutor)?
    private let lingers: Bool

    /// How often jobs are looked for that are no longer there at all, since nobody rings for those. Where nobody waits
    /// by then, the task ends.
    private static let sweep: Duration = .seconds(5)
    /// The jobs that one query asks for.
    private static let page = 500

    /// - Parameter lingers: whether the task stays; nil: where the time is the system's. Who moves a clock by hand wishes
    ///   to see who waits.
    init(store: any JobStore, logger: Logger, executor: (any TaskExecutor)? = nil, lingers: Bool? = nil) {
        self.store = store
        self.logger = logger
        self.executor = executor
        self.lingers = lingers ?? (store.time is SystemTimeSource)
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
            state.waits.add(ticket, for: job, timeout: timeout, now: now)
            state.continuations[ticket] = continuation
            defer { state.isRunning = true }
            return (false, !state.isRunning)
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

    // MARK: The task that looks

    private func run() async {
        let changes = store.changes(of: .settled)
        let alarm = Alarm(signal, by: store.time, sleepsOn: lingers)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.follow(changes) }
            group.addTask { await alarm.run() }
            await look(alarm)
            group.cancelAll()
            alarm.end()
        }
    }

    private func follow(_ changes: StoreChanges) async {
        while await changes.next() != nil { signal.ring() }
        guard !Task.isCancelled else { return }
        // Those who wait are to be told.
        state.withLock { $0.isClosed = true }
        signal.ring()
    }

    private func look(_ alarm: Alarm) async {
        var failures = 0
        var nextSweep = store.time.uptime + Self.sweep
        while true {
            // Before the look: whoever's time is up by then has had one.
            let now = store.time.uptime
            let sweeps = now >= nextSweep
            guard let jobs = jobsToAskFor(endsIfIdle: sweeps || !lingers) else { return }
            do throws(StoreError) {
                try await answer(jobs, sweeps: sweeps)
                if sweeps { nextSweep = now + Self.sweep }
                failures = 0
            } catch  where error.isTransient {
                failures += 1
                logger.warning("cannot ask for outcomes, will try again", metadata: ["error": "\(error)"])
            } catch {
                for job in jobs { resolve(job, .failure(error)) }
            }
            expire(now: now)
            if isAtRest { continue }
            let pause = failures == 0 ? nextSweep : now + min(.milliseconds(100) * (1 << min(failures, 6)), Self.sweep)
            await alarm.wait(until: deadline.map { min($0, pause) } ?? pause)
        }
    }

    /// The jobs that are waited for; nil, and the end of the run, where there are none and none are expected.
    private func jobsToAskFor(endsIfIdle: Bool) -> [JobID]? {
        state.withLock { state in
            guard !state.waits.isEmpty || !endsIfIdle && !state.isClosed else {
                state.isRunning = false
                return nil
            }
            return state.waits.jobsToAskFor()
        }
    }

    /// Whether nobody waits, and the task need not stay for those who may come.
    private var isAtRest: Bool {
        state.withLock { $0.waits.isEmpty && ($0.isClosed || !lingers) }
    }

    private var deadline: Duration? { state.withLock { $0.waits.deadline } }

    private func answer(_ jobs: [JobID], sweeps: Bool) async throws(StoreError) {
        var start = 0
        while start < jobs.count {
            let page = Array(jobs[start..<min(start + Self.page, jobs.count)])
            start += page.count
            let open = try await take(outcomesOf: page)
            let doubtful = sweeps ? open : state.withLock { $0.waits.unknown(of: open) }
            guard !doubtful.isEmpty else { continue }
            let snapshots = try await store.snapshots(of: doubtful)
            var missing: [JobID] = []
            state.withLock { state in
                for (job, snapshot) in zip(doubtful, snapshots) {
                    if snapshot == nil { missing.append(job) } else { state.waits.markKnown(job) }
                }
            }
            guard !missing.isEmpty else { continue }
            // It may have ended between the two looks.
            for job in try await take(outcomesOf: missing) { resolve(job, .failure(JobNotFound(job: job))) }
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

    private func expire(now: Duration) {
        let expired = state.withLock { state in
            state.waits.expire(now: now).map { (state.continuations.removeValue(forKey: $0.ticket), $0.error) }
        }
        for (continuation, error) in expired { continuation?.resume(throwing: error) }
    }
}
