/// Invariant 5: a lease that is over is taken back within the bound, measured in time in which workers' calls succeed.
extension HistoryChecker {
    func checkReclaims(_ index: HistoryIndex, _ found: inout [Violation]) {
        let bound = options.reclaimBound.historyMicroseconds
        for claim in index.claims.elements {
            guard let lease = index.staff.leases[claim.token] else { continue }
            let began = index.transition(claim.began)
            let ended = claim.ended.map { index.transition($0) }
            guard var due = lease.until(before: ended?.number ?? .max) else { continue }
            if options.noticesDeath, let end = claim.worker.flatMap({ index.staff.workers[$0]?.end }) {
                due = min(due, max(end.at, began.at))
            }
            let left = ended?.at ?? index.end
            guard left > due + bound, index.activity.time(from: due, to: left) > bound else { continue }
            let what =
                ended == nil ? "was not taken back" : "was held for \(left - due) µs more"
            found.append(
                Violation(
                    5,
                    job: began.job,
                    "its lease was over at \(due), and it \(what)",
                    events: [.transition(began)] + (ended.map { [.transition($0)] } ?? [])
                )
            )
        }
    }
}
