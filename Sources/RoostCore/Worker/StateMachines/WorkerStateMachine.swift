import DequeModule

/// What a worker does next, decided without a clock, a store or a task: events go in, actions come out.
///
/// It owns the buffer of claimed jobs, the slots, and the phases of a shutdown; the claimer, the settler and the leases
/// are machines of their own inside it.
struct WorkerStateMachine: Sendable {
    /// How many ends may be unsettled, unless there are more slots (invariant 14).
    static let mostUnsettled = 1000
    /// How long after its cancel a job that still runs is reported as stuck.
    static let stuckAfter: Duration = .seconds(5)
    /// How long a job may wait in the buffer before it is given back, for another worker to run.
    static let longestInBuffer: Duration = .seconds(2)

    private(set) var phase = Phase.running
    private var slots: [Slot]
    private var buffer: Deque<Buffered> = []
    /// A job that must run alone, and runs, or is about to.
    private var solo: (job: ClaimedJob, isRunning: Bool)?
    private var soloTurn = SoloTurn()
    private(set) var claimer: ClaimerStateMachine
    private(set) var settler: SettlerStateMachine
    private(set) var leases: LeaseStateMachine
    /// Jobs that were lost with their leases, and of which nobody was told yet.
    private var jobsLost = 0
    /// By number.
    private var calls: [Int: Call] = [:]
    private var lastCall = 0
    private(set) var window: ExchangeWindow {
        didSet {
            claimer.claimsAtOnce = window.width
            settler.largestBatch = Self.mostUnsettled / window.width
        }
    }
    /// Slots start nothing new while this many ends are not settled.
    private let mostUnsettled: Int

    /// - Parameter exchangesAtOnce: how many may be on their way at the most.
    init(slots: Int, pollInterval: Duration, lease: Duration, exchangesAtOnce: Int = 1) {
        self.slots = Array(repeating: Slot(), count: slots)
        self.window = ExchangeWindow(most: min(max(exchangesAtOnce, 1), Self.mostUnsettled))
        self.claimer = ClaimerStateMachine(pollInterval: pollInterval, slots: slots, claimsAtOnce: window.width)
        // So that each has something to carry.
        self.settler = SettlerStateMachine(largestBatch: Self.mostUnsettled / window.width)
        self.leases = LeaseStateMachine(duration: lease)
        self.mostUnsettled = max(slots, Self.mostUnsettled)
    }

    var runningJobs: [Running] { slots.compactMap(\.running) }
    var bufferedCount: Int { buffer.count }
    private var runningCount: Int { slots.reduce(0) { $0 + ($1.running == nil ? 0 : 1) } }
    private var waitingCount: Int { slots.reduce(0) { $0 + ($1.isWaiting ? 1 : 0) } }
    private var hasEnded: Bool { slots.allSatisfy(\.hasEnded) }
    /// Nothing runs, nothing is to run or claimed, and what ended is on record.
    private var isQuiet: Bool { calls.isEmpty && settler.unsettled == 0 && buffer.isEmpty && runningCount == 0 }

    // MARK: Slots

    /// A slot begins a task.
    ///
    /// - Returns: the task's number.
    mutating func beginTask(slot: Int) -> Int {
        slots[slot].task += 1
        return slots[slot].task
    }

    /// A slot's task asks for its next job.
    ///
    /// - Parameter mayWait: whether it is ready to be given one later, by `start`.
    mutating func next(slot: Int, mayWait: Bool, now: Duration) -> Next {
        guard phase == .running else { return .end }
        if let job = takeJob(now: now) {
            slots[slot].running = Running(job: job)
            return .run(job)
        }
        slots[slot].isWaiting = mayWait
        return .wait
    }

    /// A slot's job began its body: it may take until `deadline`.
    mutating func setDeadline(_ deadline: Duration, slot: Int) {
        slots[slot].running?.deadline = deadline
    }

    /// Why the slot's job was cancelled; nil: it was not.
    func cancelReason(slot: Int) -> CancelReason? {
        slots[slot].running?.cancelled?.reason
    }

    /// A slot's job is over.
    ///
    /// - Parameter entry: how it ended; nil where there is nothing to tell. Where its lease was lost, there never is.
    /// - Returns: whether its task was cancelled, or is about to be: the slot must go on in a fresh one.
    mutating func finished(slot: Int, entry: SettlerStateMachine.Entry?, now: Duration) -> Bool {
        guard let running = slots[slot].running else { return false }
        slots[slot].running = nil
        if let entry, running.cancelled?.reason != .leaseLost {
            settler.add(entry)
        } else {
            leases.close(running.job.token)
        }
        if solo?.isRunning == true { solo = nil }
        claimer.didFinish(1, now: now)
        return running.cancelled != nil
    }

    /// A slot's task has ended for good.
    mutating func ended(slot: Int) {
        slots[slot].hasEnded = true
        slots[slot].isWaiting = false
    }

    private mutating func takeJob(now: Duration) -> ClaimedJob? {
        // A process that stood still wakes with leases that have ended, and the heartbeat may be the last to wake.
        if let end = leases.deadline, end <= now { endLeases(now: now) }
        guard settler.unsettled < mostUnsettled else { return nil }
        if let solo {
            guard !solo.isRunning, isQuiet else { return nil }
            self.solo?.isRunning = true
            return solo.job
        }
        return buffer.popFirst()?.job
    }

    // MARK: Engine

    /// What to do now. To be asked again after each action is done.
    mutating func next(now: Duration) -> Action {
        if case .draining(let deadline) = phase, now >= deadline { stop(now: now) }
        if let action = cancelOverdue(now: now) ?? startWaiting(now: now) { return action }
        if phase != .running {
            let waiting = slots.indices.filter { slots[$0].isWaiting }
            if !waiting.isEmpty {
                for slot in waiting { slots[slot].isWaiting = false }
                return .endSlots(waiting)
            }
        }
        releaseStale(now: now)
        if let action = exchange(now: now) { return action }
        if hasEnded, calls.isEmpty, settler.unsettled == 0 { return .finish }
        return .wait(until: nextDeadline)
    }

    /// The store answered an exchange.
    ///
    /// - Returns: what was settled, in the order of the answers; nil where the exchange was given up.
    mutating func exchanged(_ number: Int, _ answer: ExchangeAnswer, now: Duration) -> [SettlerStateMachine.Entry]? {
        guard let call = calls.removeValue(forKey: number) else { return nil }
        let settled = settler.succeeded(number)
        for entry in settled { leases.close(entry.item.token) }
        if let asked = call.claim {
            if call.isForOne { soloTurn.cameToOne() }
            let claim = answer.claim ?? Claim()
            claimer.didClaim(asked, count: claim.jobs.count, isCut: claim.isCut, nextDue: claim.nextDue, now: now)
            if let token = claim.token, !claim.jobs.isEmpty {
                window.didClaim(followsOther: claim.followsOther)
                leases.add(token, jobs: claim.jobs.count, asked: call.asked)
                accept(claim.jobs, now: now)
            }
        }
        return settled
    }

    /// The exchange failed: the settle part is told again, the claim part is not (its jobs come back by themselves).
    mutating func exchangeFailed(_ number: Int, now: Duration, chance: Double) -> Duration {
        let call = calls.removeValue(forKey: number)
        let pause = settler.failed(number, now: now, chance: chance)
        if let asked = call?.claim { claimer.claimFailed(asked, pause: pause, now: now) }
        return pause
    }

    private mutating func accept(_ jobs: [ClaimedJob], now: Duration) {
        for job in jobs {
            if let entry = Self.entry(endingUnrun: job) {
                settler.add(entry)
            } else if phase != .running || solo != nil {
                settler.add(Self.release(job))
            } else if job.isSolo {
                if isQuiet {
                    solo = (job, false)
                } else {
                    settler.add(Self.release(job))
                    releaseBuffer()
                    soloTurn.gaveBack(now: now)
                }
                // It came alone though more was asked for, so there may be others.
                claimer.wake()
            } else {
                buffer.append(Buffered(job: job, claimedAt: now))
            }
        }
    }

    private mutating func startWaiting(now: Duration) -> Action? {
        guard phase == .running else { return nil }
        var starts: [(slot: Int, job: ClaimedJob)] = []
        for slot in slots.indices where slots[slot].isWaiting {
            guard let job = takeJob(now: now) else { break }
            slots[slot].isWaiting = false
            slots[slot].running = Running(job: job)
            starts.append((slot, job))
        }
        return starts.isEmpty ? nil : .start(starts)
    }

    private mutating func exchange(now: Duration) -> Action? {
        guard calls.count < window.width else { return nil }
        let ends = settler.takeable(now: now)
        var demand: ClaimDemand?
        var isForOne = false
        // After a failed settle the store is left alone until the pause is over.
        if phase == .running, solo == nil, ends > 0 || !settler.hasPending {
            let claims = soloTurn.claims(isQuiet: isQuiet, now: now)
            isForOne = claims == .one
            if claims != .none {
                let free = isForOne ? min(waitingCount, 1) : waitingCount
                let limit = claimer.demand(free: free, buffered: buffer.count, settles: ends > 0, now: now)
                demand = limit.map { ClaimDemand(limit: isForOne ? 1 : $0, allowsSolo: claims != .others) }
            }
        }
        // Beside others only a full one: what is less waits for an answer, and is told with what gathers until then.
        guard ends + (demand?.limit ?? 0) >= (calls.isEmpty ? 1 : settler.largestBatch) else { return nil }
        lastCall += 1
        calls[lastCall] = Call(claim: demand.map { claimer.willClaim($0.limit) }, isForOne: isForOne, asked: now)
        return .exchange(call: lastCall, settle: settler.take(for: lastCall, now: now), claim: demand)
    }

    /// Gives back what waits too long behind jobs that take longer than those before did.
    private mutating func releaseStale(now: Duration) {
        guard let first = buffer.first, now >= first.claimedAt + Self.longestInBuffer else { return }
        releaseBuffer()
        claimer.bufferWentStale()
    }

    private mutating func releaseBuffer() {
        for buffered in buffer { settler.add(Self.release(buffered.job)) }
        buffer.removeAll(keepingCapacity: true)
    }

    /// Gives the solo job back, unless it runs.
    private mutating func releaseSolo() {
        guard let solo, !solo.isRunning else { return }
        settler.add(Self.release(solo.job))
        self.solo = nil
    }

    private var nextDeadline: Duration? {
        var deadlines: [Duration] = []
        if case .draining(let deadline) = phase { deadlines.append(deadline) }
        for running in runningJobs {
            if let cancelled = running.cancelled {
                if !running.isReportedStuck { deadlines.append(cancelled.at + Self.stuckAfter) }
            } else if let deadline = running.deadline {
                deadlines.append(deadline)
            }
        }
        if let first = buffer.first { deadlines.append(first.claimedAt + Self.longestInBuffer) }
        // An answer that is on its way comes first.
        if calls.isEmpty {
            if let deadline = settler.deadline { deadlines.append(deadline) }
            if phase == .running, solo == nil, !settler.hasPending, waitingCount > 0,
                let deadline = soloTurn.deadline(isQuiet: isQuiet) ?? claimer.deadline
            {
                deadlines.append(deadline)
            }
        }
        return deadlines.min()
    }

    /// Jobs may have become ready.
    mutating func wake() {
        claimer.wake()
    }

    // MARK: Cancelling

    /// The store asks to cancel these jobs.
    mutating func cancelRequested(_ jobs: [JobID], now: Duration) {
        let jobs = Set(jobs)
        mark(.requested, now: now) { jobs.contains($0.id) }
        releaseFromBuffer { jobs.contains($0.id) }
        if let solo, jobs.contains(solo.job.id) { releaseSolo() }
    }

    /// The leases are not the worker's any more: what it does under them counts for nothing.
    mutating func leasesLost(_ tokens: [LeaseToken], now: Duration) {
        let tokens = Set(tokens)
        guard !tokens.isEmpty else { return }
        let known =
            runningJobs.filter { tokens.contains($0.job.token) && $0.cancelled?.reason != .leaseLost }.count
            + buffer.count
        mark(.leaseLost, now: now) { tokens.contains($0.token) }
        buffer.removeAll { tokens.contains($0.job.token) }
        jobsLost += known - buffer.count
        if let solo, !solo.isRunning, tokens.contains(solo.job.token) {
            self.solo = nil
            jobsLost += 1
        }
    }

    /// How many jobs were lost with their leases since this was asked last. A lease whose last job was settled is over
    /// too, and nothing is lost.
    mutating func takeJobsLost() -> Int {
        defer { jobsLost = 0 }
        return jobsLost
    }

    mutating func leasesExtended(_ tokens: [LeaseToken], lost: [LeaseToken], asked: Duration, now: Duration) {
        leases.extended(tokens, lost: lost, asked: asked)
        leasesLost(lost, now: now)
    }

    /// Ends on its own account what it could not extend in time.
    mutating func endLeases(now: Duration) {
        leasesLost(leases.takeEnded(now: now), now: now)
    }

    /// Starts nothing new; what runs has until `deadline`.
    mutating func drain(until deadline: Duration) {
        guard phase == .running else { return }
        phase = .draining(deadline: deadline)
        releaseBuffer()
        releaseSolo()
    }

    /// Cancels what runs.
    mutating func stop(now: Duration) {
        drain(until: now)
        guard phase != .stopping else { return }
        phase = .stopping
        mark(.shutdown, now: now) { _ in true }
    }

    /// Gives up what need not be told any more, so that a worker that stops does not wait for a store for ever: once its
    /// leases have ended, the store would take nothing of it. What is on its way may have come before that, and is waited for.
    mutating func abandonOverdue() -> [SettlerStateMachine.Entry] {
        phase == .stopping && leases.tokens.isEmpty && calls.isEmpty ? abandon() : []
    }

    /// Gives up what cannot be told to the store any more.
    mutating func abandon() -> [SettlerStateMachine.Entry] {
        calls = [:]
        return settler.abandon()
    }

    /// The slots whose jobs were marked for a cancel that their tasks have not had yet.
    private var uncancelled: [SlotTask] = []

    private mutating func mark(_ reason: CancelReason, now: Duration, where matches: (ClaimedJob) -> Bool) {
        for slot in slots.indices {
            guard let running = slots[slot].running, matches(running.job) else { continue }
            if running.cancelled != nil {
                // A lost lease outweighs the reason before: there is nothing to tell any more.
                if reason == .leaseLost { slots[slot].running?.cancelled?.reason = reason }
                continue
            }
            slots[slot].running?.cancelled = (reason, now)
            uncancelled.append(SlotTask(slot: slot, number: slots[slot].task))
        }
    }

    private mutating func releaseFromBuffer(where matches: (ClaimedJob) -> Bool) {
        // The store ends a released job whose cancel was asked for.
        for buffered in buffer where matches(buffered.job) { settler.add(Self.release(buffered.job)) }
        buffer.removeAll { matches($0.job) }
    }

    private mutating func cancelOverdue(now: Duration) -> Action? {
        for slot in slots.indices {
            guard let running = slots[slot].running, running.cancelled == nil, let deadline = running.deadline,
                now >= deadline
            else { continue }
            slots[slot].running?.cancelled = (.timeout, now)
            uncancelled.append(SlotTask(slot: slot, number: slots[slot].task))
        }
        if !uncancelled.isEmpty {
            defer { uncancelled = [] }
            return .cancel(uncancelled)
        }
        var stuck: [(job: ClaimedJob, since: Duration)] = []
        for slot in slots.indices {
            guard let running = slots[slot].running, let cancelled = running.cancelled, !running.isReportedStuck,
                now >= cancelled.at + Self.stuckAfter
            else { continue }
            slots[slot].running?.isReportedStuck = true
            stuck.append((running.job, now - cancelled.at))
        }
        return stuck.isEmpty ? nil : .reportStuck(stuck)
    }
}
