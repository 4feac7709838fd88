/// Invariant 14: a job's effect happens again only where the claim under which it happened before was never settled for
/// good: that claim began, and ended by a crash, a give-back, or a retry that its body asked for. Its bodies run under
/// claims, and one under each.
extension HistoryChecker {
    func checkDuplicates(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices where !index.runs[job].isEmpty {
            for run in index.runs[job] { checkRun(run, job, index, &found) }
            checkEffects(of: job, index, &found)
        }
        if let most = options.mostUnsettled { checkDeaths(most, index, &found) }
    }

    private func checkRun(_ run: BodyRun, _ job: Int, _ index: HistoryIndex, _ found: inout [Violation]) {
        let message: String
        if let start = run.start {
            guard run.claim == nil else { return }
            message =
                "its body ran in process \(start.process) as attempt \(start.attempt), for which that had no claim"
        } else {
            message = "a body of it told of what it did, and never of its start"
        }
        found.append(Violation(14, job: index.jobs[job], message, events: run.events))
    }

    private func checkEffects(of job: Int, _ index: HistoryIndex, _ found: inout [Violation]) {
        var last: ClaimSpan?
        for claim in index.claims[job] where claim.run != nil {
            func add(_ message: String) {
                let events = index.runs[job].filter { $0.claim.map { index.claims.elements[$0].token } == claim.token }
                found.append(
                    Violation(
                        14,
                        job: index.jobs[job],
                        message,
                        events: [.transition(index.transition(claim.began))] + events.flatMap(\.events)
                    )
                )
            }
            if claim.runs > 1 { add("its body ran \(claim.runs) times under token \(claim.token)") }
            guard claim.effects > 0 else { continue }
            if claim.effects > 1 { add("its effect happened \(claim.effects) times under token \(claim.token)") }
            if let last, !mayHappenAgain(after: last, job, before: claim, index) {
                add("its effect happened again, though what token \(last.token) did was settled for good")
            }
            last = claim
        }
    }

    private func mayHappenAgain(
        after last: ClaimSpan,
        _ job: Int,
        before next: ClaimSpan,
        _ index: HistoryIndex
    ) -> Bool {
        switch last.ending {
        case .takenBack, .givenBack, .retried: return true
        case .failed, .cancelled:
            // An operator wants it again.
            let from = last.ended.map { index.transition($0) }
            return index.actions(of: job, after: from, before: index.transition(next.began)).contains {
                $0.kind == .retry
            }
        case .succeeded, .expired, .unlawful, nil: return false
        }
    }

    /// How many bodies each death left unsettled.
    private func checkDeaths(_ most: Int, _ index: HistoryIndex, _ found: inout [Violation]) {
        var unsettled: [Int64: Int] = [:]
        for claim in index.claims.elements {
            guard let run = claim.run, let start = index.runs.elements[run].start,
                let worker = claim.worker.flatMap({ index.staff.workers[$0] }), let end = worker.end,
                end.change == .died,
                start.at <= end.at + index.tolerance
            else { continue }
            let ended = claim.ended.map { index.transition($0).at }
            guard claim.ending == nil || claim.ending == .takenBack, ended ?? .max >= end.at - index.tolerance else {
                continue
            }
            unsettled[worker.number, default: 0] += 1
        }
        for number in index.staff.workerNumbers {
            guard let count = unsettled[number], count > most, let end = index.staff.workers[number]?.end else {
                continue
            }
            found.append(
                Violation(
                    14,
                    "worker \(number) died with \(count) bodies unsettled, and \(most) are allowed",
                    events: [.process(end)]
                )
            )
        }
    }
}
