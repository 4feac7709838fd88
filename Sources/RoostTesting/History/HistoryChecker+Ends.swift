import RoostCore

/// Invariants 11 and 13: every job comes to its end, though bad ones are among them, and none waits in its lane for longer
/// than was promised.
extension HistoryChecker {
    func checkEnds(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices {
            if options.mustEnd, let last = index.transitions[job].last, last.to?.isFinished == false {
                found.append(
                    Violation(
                        11,
                        job: last.job,
                        "all is over, and it is still \(last.to?.rawValue ?? "")",
                        events: [.transition(last)]
                    )
                )
            }
            if let bound = options.claimBound?.historyMicroseconds { checkWait(of: job, bound, index, &found) }
        }
    }

    private func checkWait(of job: Int, _ bound: Int64, _ index: HistoryIndex, _ found: inout [Violation]) {
        let steps = index.transitions[job]
        for place in steps.indices where steps[place].to == .ready {
            let ready = steps[place]
            let next = place + 1 < steps.endIndex ? steps[place + 1] : nil
            let time = next?.at ?? index.end
            guard time > ready.at + bound, index.activity.time(from: ready.at, to: time) > bound else { continue }
            found.append(
                Violation(
                    13,
                    job: ready.job,
                    "it was ready for \(time - ready.at) µs",
                    events: [ready, next].compactMap { $0 }.map { .transition($0) }
                )
            )
        }
    }
}
