import RoostCore

/// Invariant 0, as the store stands at the end: each job is there once, as the journal left it.
extension HistoryChecker {
    func checkRows(_ index: HistoryIndex, _ found: inout [Violation]) {
        for (job, id) in index.jobs.enumerated() {
            let finals = index.finals[job]
            if finals.count > 1 {
                let states = finals.map(\.state.rawValue).joined(separator: " and as ")
                found.append(Violation(0, job: id, "it is in the store \(finals.count) times: as \(states)"))
            }
            let last = index.transitions[job].last
            switch (last, finals.first) {
            case (nil, nil):
                break
            case (nil, let final?):
                found.append(
                    Violation(
                        0,
                        job: id,
                        "it is in the store as \(final.state.rawValue), and the journal knows nothing of it"
                    )
                )
            case (let last?, nil):
                guard last.to != nil else { continue }
                found.append(
                    Violation(0, job: id, "it was lost: it is not in the store any more", events: [.transition(last)])
                )
            case (let last?, let final?):
                checkFinal(final, last, &found)
            }
        }
    }

    private func checkFinal(
        _ final: History.FinalJob,
        _ last: HistoryEvent.Transition,
        _ found: inout [Violation]
    ) {
        if last.to != final.state {
            found.append(
                Violation(
                    0,
                    job: final.id,
                    "the journal left it as \(last.to?.rawValue ?? "deleted"), and it is in the store as \(final.state.rawValue)",
                    events: [.transition(last)]
                )
            )
        } else if final.state == .running, final.token != last.token {
            found.append(
                Violation(
                    3,
                    job: final.id,
                    "it runs under token \(final.token), and the journal gave it to \(last.token)",
                    events: [.transition(last)]
                )
            )
        }
        if final.claims != last.claims || final.attempt != last.attempt || final.crashes != last.crashes {
            let counters = "claims \(final.claims), attempt \(final.attempt), crashes \(final.crashes)"
            found.append(
                Violation(
                    2,
                    job: final.id,
                    "its counters in the store are not those of the journal: \(counters)",
                    events: [.transition(last)]
                )
            )
        }
    }
}
