/// Decides when to look for the ends of jobs that are waited for, and whose wait is over: no task, no clock, no store.
struct OutcomeWaits: Sendable {
    typealias Ticket = Int

    enum Step: Equatable, Sendable {
        /// Ask the store for these, and tell of it by ``looked(at:failed:sweeps:now:)``. A sweep also asks whether they
        /// are still there.
        case look([JobID], sweeps: Bool)
        /// Nothing, until rung or until then; nil: until rung.
        case wait(until: Duration?)
        /// Nobody waits, and nobody is expected to.
        case end
    }

    private struct Wait: Sendable {
        let job: JobID
        let timeout: Duration?
        let deadline: Duration?
    }

    private struct Waited: Sendable {
        var tickets: [Ticket] = []
        /// Whether it was looked for, with success or not. Before that no wait for it is over.
        var hadLook = false
        /// Whether the store was seen to have the job.
        var isKnown = false
    }

    /// How often jobs are looked for that are no longer there at all, since nobody rings for those. Where nobody waits
    /// by then, the run ends.
    static let sweep: Duration = .seconds(5)

    /// Whether a run stays for those who may come after the last wait.
    var lingers: Bool
    /// Whether the store was closed: nothing will ring any more.
    private(set) var isClosed = false
    private var isRunning = false
    private var isLooking = false
    /// Whether something happened since the last look began.
    private var wantsLook = false
    private var nextSweep: Duration = .zero
    private var failures = 0
    /// No look before this, since the last one failed.
    private var notBefore: Duration = .zero

    private var waits: [Ticket: Wait] = [:]
    /// By job, since ten thousand may be waited for at once, and one by many.
    private var jobs: [JobID: Waited] = [:]
    /// The jobs in the order of arrival; some may be there twice, or no longer be waited for.
    private var order: [JobID] = []
    /// When the first wait may be over, or earlier: the wait it stands for may have ended.
    private var deadline: Duration?

    init(lingers: Bool) {
        self.lingers = lingers
    }

    // MARK: Who waits

    /// - Parameter timeout: how long it may take; nil: as long as it takes.
    /// - Returns: whether a run has to begin for it.
    mutating func add(_ ticket: Ticket, for job: JobID, timeout: Duration?, now: Duration) -> Bool {
        let until = timeout.map { now + $0 }
        waits[ticket] = Wait(job: job, timeout: timeout, deadline: until)
        jobs[job, default: Waited()].tickets.append(ticket)
        order.append(job)
        if jobs[job]?.hadLook == true { count(until) }
        wantsLook = true
        guard !isRunning else { return false }
        isRunning = true
        nextSweep = now + Self.sweep
        return true
    }

    /// - Returns: whether it still waited.
    mutating func remove(_ ticket: Ticket) -> Bool {
        guard let wait = waits.removeValue(forKey: ticket) else { return false }
        jobs[wait.job]?.tickets.removeAll { $0 == ticket }
        if jobs[wait.job]?.tickets.isEmpty == true { jobs[wait.job] = nil }
        return true
    }

    /// The job's waits are over.
    mutating func end(_ job: JobID) -> [Ticket] {
        let tickets = jobs.removeValue(forKey: job)?.tickets ?? []
        for ticket in tickets { waits[ticket] = nil }
        return tickets
    }

    /// Ends the waits whose time is up.
    mutating func expire(now: Duration) -> [(ticket: Ticket, error: JobWaitTimeout)] {
        guard let deadline, deadline <= now else { return [] }
        var expired: [(ticket: Ticket, error: JobWaitTimeout)] = []
        var next: Duration?
        for (ticket, wait) in waits where jobs[wait.job]?.hadLook == true {
            guard let timeout = wait.timeout, let until = wait.deadline else { continue }
            if until <= now {
                expired.append((ticket, JobWaitTimeout(job: wait.job, waited: timeout)))
            } else {
                next = min(until, next ?? until)
            }
        }
        self.deadline = next
        expired.sort { $0.ticket < $1.ticket }
        for (ticket, _) in expired { _ = remove(ticket) }
        return expired
    }

    private mutating func count(_ until: Duration?) {
        if let until { deadline = min(until, deadline ?? until) }
    }

    // MARK: When to look

    /// Jobs ended.
    mutating func rung() {
        wantsLook = true
    }

    /// The store was closed: those who wait are to be told.
    mutating func closed() {
        isClosed = true
        wantsLook = true
    }

    /// What to do now. To be asked again after each look or wait.
    mutating func next(now: Duration) -> Step {
        guard !isLooking else { return .wait(until: deadline) }
        let sweeps = now >= nextSweep
        if waits.isEmpty {
            if sweeps || isClosed || !lingers {
                isRunning = false
                return .end
            }
            return .wait(until: nextSweep)
        }
        if wantsLook || sweeps, now >= notBefore {
            wantsLook = false
            isLooking = true
            return .look(jobsToAskFor(), sweeps: sweeps)
        }
        let look = wantsLook ? notBefore : max(nextSweep, notBefore)
        return .wait(until: deadline.map { min($0, look) } ?? look)
    }

    /// The jobs that are waited for, each once, in the order of arrival.
    private mutating func jobsToAskFor() -> [JobID] {
        var seen: Set<JobID> = []
        seen.reserveCapacity(order.count)
        let jobs = jobs
        order.removeAll { jobs[$0] == nil || !seen.insert($0).inserted }
        return order
    }

    /// Of `jobs`, those that the store was not seen to have yet.
    func unknown(of jobs: [JobID]) -> [JobID] {
        jobs.filter { self.jobs[$0]?.isKnown == false }
    }

    mutating func markKnown(_ job: JobID) {
        jobs[job]?.isKnown = true
    }

    /// A look is over.
    ///
    /// - Parameter failed: whether the store could not be asked, and is to be asked again after a pause.
    mutating func looked(at jobs: [JobID], failed: Bool, sweeps: Bool, now: Duration) {
        isLooking = false
        for job in jobs where self.jobs[job]?.hadLook == false {
            self.jobs[job]?.hadLook = true
            for ticket in self.jobs[job]?.tickets ?? [] { count(waits[ticket]?.deadline) }
        }
        if failed {
            failures += 1
            notBefore = now + min(.milliseconds(100) * (1 << min(failures, 6)), Self.sweep)
            wantsLook = true
        } else {
            failures = 0
            notBefore = .zero
            if sweeps { nextSweep = now + Self.sweep }
        }
    }
}
