import RoostCore

/// Invariant 9: a child leaves `waiting` once, in the direction that the ends of its parents mean for it, not before them,
/// and within the bound after them. That it does not leave twice follows from the steps that there are.
extension HistoryChecker {
    /// What a parent's end means for an edge.
    private enum Decision {
        case open
        case met(HistoryEvent.Transition)
        case broken(HistoryEvent.Transition)
        /// The parent was deleted before the child came, or is another than is known.
        case unknown
    }

    func checkEdges(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices {
            guard let edges = edges(of: job, index) else { continue }
            let steps = index.transitions[job]
            guard let enqueued = steps.first(where: { $0.from == nil }) else { continue }
            let left = enqueued.to == .waiting ? steps.first { $0.from == .waiting } : enqueued
            let decisions = edges.map { decision(of: $0, asOf: enqueued, index) }
            if let left { checkDirection(left, decisions, edges, index, &found) }
            checkTime(of: job, enqueued, left, decisions, index, &found)
        }
    }

    /// The edges as one call told them: a call that was sent again tells them again.
    private func edges(of job: Int, _ index: HistoryIndex) -> [HistoryIndex.Edge]? {
        let edges = index.edges[job]
        guard let first = edges.first else { return nil }
        let call = edges.first { index.calls[$0.call].reply?.answer == .ok }?.call ?? first.call
        return edges.filter { $0.call == call }
    }

    /// The first end of the parent that the child saw decides: an operator's retry of the parent resolves no edge again.
    private func decision(
        of edge: HistoryIndex.Edge,
        asOf enqueued: HistoryEvent.Transition,
        _ index: HistoryIndex
    ) -> Decision {
        guard edge.isSure else { return .unknown }
        var state: HistoryEvent.Transition?
        for step in index.transitions[edge.parent] {
            if step.number > enqueued.number, state?.to?.isFinished == true { break }
            state = step
        }
        guard let state else { return .open }
        guard let end = state.to else { return .unknown }
        guard end.isFinished else { return .open }
        return Self.isMet(edge.condition, by: end) ? .met(state) : .broken(state)
    }

    /// The design's words (§5, rule 6), and not the code's.
    private static func isMet(_ condition: EdgeCondition, by state: JobState) -> Bool {
        switch condition {
        case .success: state == .succeeded
        case .failure: state == .failed || state == .expired
        case .always: true
        }
    }

    private func checkDirection(
        _ left: HistoryEvent.Transition,
        _ decisions: [Decision],
        _ edges: [HistoryIndex.Edge],
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        func add(_ message: String, _ parent: HistoryEvent.Transition?) {
            let events = [parent, left].compactMap { $0 }.map { HistoryEvent.transition($0) }
            found.append(Violation(9, job: left.job, message, events: events))
        }
        switch left.to {
        case .skipped:
            let isDue = decisions.contains { decision in
                switch decision {
                case .broken(let end): index.precedes(end, left)
                case .unknown: true
                case .open, .met: false
                }
            }
            if !isDue { add("it was skipped, and none of its parents had ended otherwise than it needs", nil) }
        case .ready, .scheduled, .held, .running:
            if left.openEdges > 0 { return add("it was released with \(left.openEdges) edges still open", nil) }
            for (edge, decision) in zip(edges, decisions) {
                switch decision {
                case .unknown: continue
                case .met(let end) where index.precedes(end, left): continue
                case .open:
                    return add("it was released, and its parent \(index.jobs[edge.parent]) had not ended", nil)
                case .met(let end):
                    return add("it was released before its parent \(end.job) ended", end)
                case .broken(let end):
                    return add("it was released, and its parent \(end.job) ended as \(end.to?.rawValue ?? "")", end)
                }
            }
        default:
            // Cancelled on request, or in a way that is told as a step that there is not.
            break
        }
    }

    private func checkTime(
        of job: Int,
        _ enqueued: HistoryEvent.Transition,
        _ left: HistoryEvent.Transition?,
        _ decisions: [Decision],
        _ index: HistoryIndex,
        _ found: inout [Violation]
    ) {
        guard let due = due(enqueued, decisions) else { return }
        let bound = options.waitingBound.historyMicroseconds
        let time = left?.at ?? index.end
        let isLate = time > due + bound && index.activity.time(from: due, to: time) > bound
        guard isLate || left == nil && options.mustEnd else { return }
        let message =
            left == nil
            ? "it still waits, though its parents' ends were decided at \(due)"
            : "it waited for \(time - due) µs after its parents' ends were decided"
        found.append(
            Violation(9, job: index.jobs[job], message, events: [left ?? enqueued].map { .transition($0) })
        )
    }

    /// When it was clear where the child goes; nil: it was not.
    private func due(_ enqueued: HistoryEvent.Transition, _ decisions: [Decision]) -> Int64? {
        var met = enqueued.at
        var broken: Int64?
        var isOpen = false
        for decision in decisions {
            switch decision {
            case .met(let end): met = max(met, end.at)
            case .broken(let end): broken = min(broken ?? .max, end.at)
            case .open, .unknown: isOpen = true
            }
        }
        return broken.map { max($0, enqueued.at) } ?? (isOpen ? nil : met)
    }
}
