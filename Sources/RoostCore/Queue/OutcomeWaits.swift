/// Who waits for the ends of which jobs, and until when: no task, no clock, no store.
struct OutcomeWaits: Sendable {
    typealias Ticket = Int

    private struct Wait: Sendable {
        let job: JobID
        let timeout: Duration?
        let deadline: Duration?
    }

    private struct Waited: Sendable {
        var tickets: [Ticket] = []
        /// Whether the store was seen to have the job.
        var isKnown = false
    }

    private var waits: [Ticket: Wait] = [:]
    /// By job, since ten thousand may be waited for at once, and one by many.
    private var jobs: [JobID: Waited] = [:]
    /// The jobs in the order of arrival; some may be there twice, or no longer be waited for.
    private var order: [JobID] = []
    /// When the first wait may be over, or earlier: the wait it stands for may have ended.
    private(set) var deadline: Duration?

    var isEmpty: Bool { waits.isEmpty }

    /// - Parameter timeout: how long it may take; nil: as long as it takes.
    mutating func add(_ ticket: Ticket, for job: JobID, timeout: Duration?, now: Duration) {
        let until = timeout.map { now + $0 }
        waits[ticket] = Wait(job: job, timeout: timeout, deadline: until)
        jobs[job, default: Waited()].tickets.append(ticket)
        order.append(job)
        if let until { deadline = min(until, deadline ?? until) }
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
        for (ticket, wait) in waits {
            guard let timeout = wait.timeout, let until = wait.deadline, until <= now else { continue }
            expired.append((ticket, JobWaitTimeout(job: wait.job, waited: timeout)))
        }
        expired.sort { $0.ticket < $1.ticket }
        for (ticket, _) in expired { _ = remove(ticket) }
        self.deadline = waits.values.lazy.compactMap(\.deadline).min()
        return expired
    }

    /// The jobs that are waited for, each once, in the order of arrival.
    mutating func jobsToAskFor() -> [JobID] {
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
}
