import RoostCore

/// Invariant 2: `claims` rises by one at each claim and never falls; `attempt` rises by one, and only at an end that is
/// charged; `crashes` counts the ends that were a crash, until an operator's retry.
extension HistoryChecker {
    func checkCounters(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices {
            var claims = index.claims.range(job).makeIterator()
            var claim: ClaimSpan?
            var before: HistoryEvent.Transition?
            for place in index.transitions.range(job) {
                let step = index.transition(place)
                var ending: ClaimSpan.Ending?
                if let open = claim, open.ended == place { ending = open.ending }
                if let before {
                    if let message = fault(from: before, to: step, ending) {
                        found.append(
                            Violation(
                                2,
                                job: step.job,
                                message,
                                events: [.transition(before), .transition(step)]
                            )
                        )
                    } else if let claim, let ending {
                        checkCharge(of: claim, ending, before, step, job, index, &found)
                    }
                } else if (step.claims, step.attempt, step.crashes) != (0, 0, 0) {
                    found.append(
                        Violation(2, job: step.job, "it was enqueued with counters", events: [.transition(step)])
                    )
                }
                if step.to == .running, step.from != .running || step.token != step.tokenBefore {
                    claim = claims.next().map { index.claims.elements[$0] }
                }
                before = step.to == nil ? nil : step
            }
        }
    }

    private func fault(
        from before: HistoryEvent.Transition,
        to step: HistoryEvent.Transition,
        _ ending: ClaimSpan.Ending?
    ) -> String? {
        let isClaim = step.to == .running && step.token != before.token
        let claims = step.claims - before.claims
        let attempts = step.attempt - before.attempt
        let crashes = step.crashes - before.crashes
        if isClaim, claims != 1 { return "claims rose by \(claims) at a claim" }
        if !isClaim, claims != 0 { return "claims rose by \(claims) without a claim" }
        switch ending {
        case .takenBack:
            if attempts != 1 || crashes != 1 {
                return "a crash was charged with \(attempts) attempts and \(crashes) crashes"
            }
        case .succeeded:
            if attempts != 1 { return "a success was charged with \(attempts) attempts" }
        case .failed, .cancelled, .retried:
            if attempts != 0 && attempts != 1 { return "an end was charged with \(attempts) attempts" }
        case .expired, .givenBack, .unlawful, nil:
            if attempts != 0 { return "attempt rose by \(attempts) without a charged end" }
        }
        if ending == .takenBack { return nil }
        if before.to?.isFinished == true, step.to == .ready {
            return step.crashes == 0 ? nil : "an operator's retry left \(step.crashes) crashes"
        }
        return crashes == 0 ? nil : "crashes rose by \(crashes) without a crash"
    }

    /// Whether an end that may be charged or not was charged rightly, by what the job's bodies tell.
    private func checkCharge(
        of claim: ClaimSpan,
        _ ending: ClaimSpan.Ending,
        _ before: HistoryEvent.Transition,
        _ step: HistoryEvent.Transition,
        _ job: Int,
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        func add(_ invariant: Int, _ message: String) {
            found.append(
                Violation(invariant, job: step.job, message, events: [.transition(before), .transition(step)])
            )
        }
        let isCharged = step.attempt > before.attempt
        switch ending {
        case .failed, .retried:
            if !isCharged {
                if claim.run != nil { return add(2, "its body ran, and no attempt was charged") }
                // Only what crashed its process too often fails without a run.
                if ending == .failed, step.crashes == 0 { add(2, "it failed, and no attempt was charged") }
                return
            }
            guard claim.run == nil, canStart(job, index) else { return }
            let worker = claim.worker.flatMap { index.staff.workers[$0] }
            if step.to == .ready, let asked = worker?.asked, asked.at <= step.at + index.tolerance {
                add(10, "its worker gave it back at its stop, and an attempt was charged")
            } else {
                add(2, "an attempt was charged, and no body ran under the claim")
            }
        case .cancelled:
            if isCharged, claim.run == nil, canStart(job, index) {
                add(2, "an attempt was charged, and no body ran under the claim")
            }
        case .succeeded, .takenBack, .expired, .givenBack, .unlawful:
            break
        }
    }

    /// Whether a claim of the job always leads to its body: not if its arguments cannot be read, nor if inputs may be missing.
    private func canStart(_ job: Int, _ index: HistoryIndex) -> Bool {
        index.edges[job].isEmpty && index.runs[job].contains { $0.start != nil }
    }
}
