import RoostCore

/// Invariant 1: the leases of a job do not overlap in store time. Since a job is one row, a new claim must be preceded by
/// the end of the one before; what is left to check is that this end was lawful: a job is taken back only from a lease that
/// is over, or from a process that is.
extension HistoryChecker {
    func checkLeases(_ index: HistoryIndex, _ found: inout [Violation]) {
        for token in index.staff.tokens {
            guard let lease = index.staff.leases[token] else { continue }
            checkLife(of: lease, token, index, &found)
        }
        for job in index.jobs.indices {
            for claim in index.claims[job] { checkLease(of: claim, index, &found) }
        }
    }

    private func checkLife(
        of lease: Staff.Lease,
        _ token: Int64,
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        func add(_ message: String, _ changes: [HistoryEvent.LeaseChange]) {
            found.append(Violation(1, "lease \(token) \(message)", events: changes.map { .lease($0) }))
        }
        var before: HistoryEvent.LeaseChange?
        for change in lease.changes {
            switch (before?.change, change.change) {
            case (nil, .made):
                if index.staff.workers[change.worker] == nil { add("was made by a worker that is not known", [change]) }
            case (nil, _):
                add("was \(change.change.rawValue) and never made", [change])
            case (_?, .made):
                add("was made twice", [before, change].compactMap { $0 })
            case (.ended?, _):
                add("was \(change.change.rawValue) after it had ended", [before, change].compactMap { $0 })
            case (_?, .extended):
                guard let until = before?.until, change.at > until + index.tolerance else { break }
                // A process that stood still within the transaction told an old time.
                let process = index.staff.workers[lease.worker]?.process
                let wasFrozen = process.map { index.staff.wasFrozen($0, from: until, to: change.at) }
                if wasFrozen != true { add("was extended when it was over", [before, change].compactMap { $0 }) }
            default:
                break
            }
            if change.worker != lease.worker { add("changed hands", [before, change].compactMap { $0 }) }
            before = change
        }
    }

    private func checkLease(of claim: ClaimSpan, _ index: HistoryIndex, _ found: inout [Violation]) {
        let began = index.transition(claim.began)
        guard let lease = index.staff.leases[claim.token] else {
            found.append(
                Violation(1, job: began.job, "it was claimed without a lease", events: [.transition(began)])
            )
            return
        }
        if let over = lease.changes.first(where: { $0.change == .ended }), over.number < began.number,
            options.isJournalInOrder
        {
            found.append(
                Violation(
                    1,
                    job: began.job,
                    "it was claimed under a lease that had ended",
                    events: [.lease(over), .transition(began)]
                )
            )
        }
        guard claim.ending == .takenBack, let place = claim.ended else { return }
        let ended = index.transition(place)
        guard let until = lease.until(before: ended.number), until > ended.at + index.tolerance else { return }
        if let worker = claim.worker.flatMap({ index.staff.workers[$0] }), isDead(worker, at: ended.at, index) {
            return
        }
        found.append(
            Violation(
                1,
                job: began.job,
                "it was taken back while lease \(claim.token) held it, until \(until)",
                events: [.transition(began), .transition(ended)] + lease.changes.map { .lease($0) }
            )
        )
    }

    /// Whether the store may know that the worker's process is over. Who tells of a death may have learnt of it late; then
    /// nothing may have been heard of the process meanwhile.
    private func isDead(_ worker: Staff.Worker, at time: Int64, _ index: HistoryIndex) -> Bool {
        guard options.noticesDeath, let end = worker.end else { return false }
        if end.at <= time + index.tolerance { return true }
        return end.at <= time + Self.longestDeathNotice
            && !index.staff.lived(worker.process, after: time + index.tolerance, until: end.at)
    }
}
