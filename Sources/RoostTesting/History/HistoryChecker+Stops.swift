/// Invariant 10: after a graceful stop nothing bears the worker's tokens. The journal tells when the store forgot the worker,
/// and who watches the processes when one ended in order.
extension HistoryChecker {
    func checkStops(_ index: HistoryIndex, _ found: inout [Violation]) {
        for claim in index.claims.elements {
            guard let worker = claim.worker.flatMap({ index.staff.workers[$0] }) else { continue }
            let began = index.transition(claim.began)
            let ended = claim.ended.map { index.transition($0) }
            let steps = [began, ended].compactMap { $0 }.map { HistoryEvent.transition($0) }
            if let forgotten = worker.forgotten, !isOver(ended, by: forgotten) {
                found.append(
                    Violation(
                        10,
                        job: began.job,
                        "it bears token \(claim.token) after worker \(worker.number), which holds it, took its leave",
                        events: steps + [.worker(forgotten)]
                    )
                )
            } else if let end = worker.end, end.change == .stopped, ended?.at ?? .max > end.at + index.tolerance {
                found.append(
                    Violation(
                        10,
                        job: began.job,
                        "it bears token \(claim.token) after the process that holds it stopped",
                        events: steps + [.process(end)]
                    )
                )
            }
        }
        for token in index.staff.tokens {
            guard let lease = index.staff.leases[token], let worker = index.staff.workers[lease.worker],
                let end = worker.end, end.change == .stopped, let last = lease.changes.last
            else { continue }
            if last.change != .ended || last.at > end.at + index.tolerance {
                found.append(
                    Violation(
                        10,
                        "lease \(token) is there after the process that holds it stopped",
                        events: [.lease(last), .process(end)]
                    )
                )
            }
        }
    }

    private func isOver(_ ended: HistoryEvent.Transition?, by forgotten: HistoryEvent.WorkerChange) -> Bool {
        guard let ended else { return false }
        return options.isJournalInOrder ? ended.number < forgotten.number : ended.at <= forgotten.at
    }
}
