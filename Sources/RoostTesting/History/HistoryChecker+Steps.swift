import RoostCore

/// The life of a job (design §4): each of its transitions follows from the one before, and is one that there is.
///
/// What is wrong counts against the invariant that it breaks: a row that changes unseen against 0, two holders against 1,
/// an end without a claim against 3, a terminal state left against 4, a way out of `waiting` or into it against 9.
extension HistoryChecker {
    func checkSteps(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices {
            let steps = index.transitions[job]
            var before: HistoryEvent.Transition?
            for place in steps.indices {
                let step = steps[place]
                let after = place + 1 < steps.endIndex ? steps[place + 1] : nil
                if step.from != before?.to {
                    let was = before.map { $0.to?.rawValue ?? "deleted" } ?? "not there"
                    found.append(
                        Violation(
                            0,
                            job: step.job,
                            "it was \(was), and then left \(step.from?.rawValue ?? "nothing"): a change went unseen",
                            events: [before, step].compactMap { $0 }.map { .transition($0) }
                        )
                    )
                } else if let (invariant, message) = fault(of: step, job, before, after, index) {
                    found.append(
                        Violation(
                            invariant,
                            job: step.job,
                            message,
                            events: [before, step].compactMap { $0 }.map { .transition($0) }
                        )
                    )
                }
                before = step
            }
        }
    }

    private func fault(
        of step: HistoryEvent.Transition,
        _ job: Int,
        _ before: HistoryEvent.Transition?,
        _ after: HistoryEvent.Transition?,
        _ index: HistoryIndex
    ) -> (invariant: Int, message: String)? {
        func isAsked(_ kinds: HistoryEvent.OperatorAction.Kind...) -> Bool {
            index.actions(of: job, after: before, before: after).contains { kinds.contains($0.kind) }
        }
        guard let from = step.from else { return faultOfEnqueue(step, job, before, index) }
        guard let to = step.to else {
            if !from.isFinished { return (0, "it was deleted while it was \(from.rawValue)") }
            return options.mayPrune || isAsked(.delete) ? nil : (0, "it was deleted, and nobody asked for that")
        }
        if from.isFinished {
            let isRetry = to == .ready && from != .succeeded && isAsked(.retry)
            return isRetry ? nil : (4, "it had ended as \(from.rawValue), and became \(to.rawValue)")
        }
        switch (from, to) {
        case (.running, .running):
            return step.token == step.tokenBefore
                ? (2, "its counters changed while it ran") : (1, "it was claimed while another claim held it")
        case (.running, .ready), (.running, .scheduled), (.running, .succeeded), (.running, .failed),
            (.running, .cancelled), (.running, .expired), (.ready, .running), (.scheduled, .ready), (.ready, .held),
            (.held, .ready), (.waiting, .ready), (.waiting, .scheduled), (.waiting, .skipped):
            return nil
        case (_, .cancelled):
            let isGraph = index.firstGraphCancel < after?.number ?? .max
            return isGraph || isAsked(.cancel) ? nil : (0, "it was cancelled, and nobody asked for that")
        case (.ready, .scheduled):
            let isWide = index.firstWideAction < after?.number ?? .max
            return isWide || isAsked(.other) ? nil : (0, "it was put off, and nobody asked for that")
        case (.waiting, _), (_, .waiting), (_, .skipped):
            return (9, "it was \(from.rawValue), and became \(to.rawValue)")
        case (_, .running):
            return (1, "it was claimed while it was \(from.rawValue)")
        case (_, .succeeded), (_, .failed), (_, .expired):
            return (3, "it ended as \(to.rawValue) without a claim")
        default:
            return from == to
                ? (2, "it changed while it was \(from.rawValue)")
                : (0, "it was \(from.rawValue), and became \(to.rawValue)")
        }
    }

    private func faultOfEnqueue(
        _ step: HistoryEvent.Transition,
        _ job: Int,
        _ before: HistoryEvent.Transition?,
        _ index: HistoryIndex
    ) -> (invariant: Int, message: String)? {
        if before != nil {
            // It was deleted, and the call that brought it was sent again: that is no second job, if that call was on its way.
            let isSent = index.senders[job].contains { place in
                let call = index.calls[place]
                guard call.sent.at <= step.at + index.tolerance else { return false }
                return call.reply.map { $0.at + index.tolerance >= step.at } ?? true
            }
            if !isSent { return (0, "it came back after it was deleted") }
        }
        switch step.to {
        case .ready, .scheduled, .waiting, .held, .skipped: return nil
        default: return (0, "it was enqueued as \(step.to?.rawValue ?? "nothing")")
        }
    }
}
