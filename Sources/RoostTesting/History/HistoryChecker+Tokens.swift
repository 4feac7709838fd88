import RoostCore

/// Invariant 3: no transition carries a stale token. The row's own token cannot show it, since a store that forgot to
/// compare writes the token of the claim that is there; so the bodies are asked: a claim is ended by its holder alone, and
/// what its holder did, its holder's bodies have told.
extension HistoryChecker {
    func checkTokens(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices {
            var token: Int64 = 0
            for claim in index.claims[job] {
                let began = index.transition(claim.began)
                if claim.token <= token {
                    found.append(
                        Violation(
                            3,
                            job: began.job,
                            "it was claimed under token \(claim.token), after token \(token)",
                            events: [.transition(began)]
                        )
                    )
                }
                token = claim.token
                if let place = claim.ended {
                    if let message = faultOfRow(claim, index.transition(place), index) {
                        add(message, claim, index, &found)
                    }
                    if let message = faultByBodies(claim, index.transition(place), job, index) {
                        add(message, claim, index, &found)
                    }
                }
            }
            for step in index.transitions[job]
            where step.token != 0 && step.to != .running && step.to?.isFinished == false {
                found.append(
                    Violation(
                        3,
                        job: step.job,
                        "it bears token \(step.token) while it is \(step.to?.rawValue ?? "deleted")",
                        events: [.transition(step)]
                    )
                )
            }
        }
    }

    private func add(
        _ message: String,
        _ claim: ClaimSpan,
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        let steps = [claim.began, claim.ended].compactMap { $0 }.map { index.transition($0) }
        let bodies = claim.run.map { index.runs.elements[$0].events } ?? []
        found.append(Violation(3, job: steps.first?.job, message, events: steps.map { .transition($0) } + bodies))
    }

    private func faultOfRow(_ claim: ClaimSpan, _ ended: HistoryEvent.Transition, _ index: HistoryIndex) -> String? {
        if ended.tokenBefore != claim.token {
            return "it was held by token \(claim.token), and token \(ended.tokenBefore) lost it"
        }
        guard ended.to?.isFinished == true, ended.token != claim.token else { return nil }
        // The store itself ends a job whose cancel was asked for, where its worker died or gave it back.
        let isByStore =
            claim.ending == .takenBack
            || ended.to == .cancelled && ended.token == 0 && ended.attempt == index.transition(claim.began).attempt
        return isByStore ? nil : "it was held by token \(claim.token), and token \(ended.token) ended it"
    }

    private func faultByBodies(
        _ claim: ClaimSpan,
        _ ended: HistoryEvent.Transition,
        _ job: Int,
        _ index: HistoryIndex
    ) -> String? {
        guard let ending = claim.ending, ending != .takenBack, ending != .unlawful else { return nil }
        let latest = ended.at + index.tolerance
        guard let place = claim.run, let start = index.runs.elements[place].start else {
            if ending == .succeeded { return "it succeeded, and no body ran under the claim" }
            let began = index.transition(claim.began)
            guard ended.attempt > began.attempt else { return nil }
            // It may have failed before its body began; but where another's body ended just then, that was who settled.
            let isOthers = index.runs[job].contains { run in
                guard let end = run.end?.at else { return false }
                return end >= began.at - index.tolerance && end <= latest
            }
            return isOthers ? "it was settled for a body that ran under another claim" : nil
        }
        if start.at > latest { return "its claim was ended before its body began" }
        if ending == .expired { return "it expired, and its body ran" }
        guard let end = index.runs.elements[place].end, end.at <= latest else {
            return "its claim was ended before its body did"
        }
        return nil
    }
}
