import DequeModule

/// The jobs of one graph.
struct GraphMembers {
    /// In the order in which they were enqueued; some may be gone.
    private(set) var ids: [JobID] = []
    /// How many have a row.
    var known = 0

    mutating func insert(_ id: JobID) {
        ids.append(id)
        known += 1
    }
}

/// The cancel of a graph, some of it done.
struct GraphCancel {
    let graph: JobID
    let failure: FailureRecord
    var next = 0
}

extension MemoryState {
    /// What became of the request to cancel one job.
    enum CancelResult {
        case ended
        case requested
        case hadEnded
    }

    mutating func cancel(_ slot: Int, _ failure: FailureRecord) -> CancelResult {
        let state = rows[slot].state
        if state.isFinished { return .hadEnded }
        guard state == .running else {
            finish(slot, as: .cancelled, failure: failure)
            report(slot, from: state, reason: failure.reason)
            return .ended
        }
        if !rows[slot].flags.contains(.cancelRequested) {
            rows[slot].flags.insert(.cancelRequested)
            cancelRequests[rows[slot].id] = failure
        }
        topics.insert(.cancel)
        return .requested
    }

    mutating func cancelGraph(_ graph: JobID, _ failure: FailureRecord) -> ActionAnswer.Result {
        guard members[graph] != nil else { return .notFound }
        var cancel = GraphCancel(graph: graph, failure: failure)
        let (ended, requested) = step(&cancel)
        resolveEdges()
        return ended > 0 ? .done : requested > 0 ? .requested : .unchanged
    }

    /// Goes on with the cancels that an earlier call began.
    mutating func stepGraphCancels() {
        guard var cancel = cancelsLeft.popFirst() else { return }
        _ = step(&cancel)
    }

    /// Cancels up to a step's worth of jobs; the rest goes to the end of the line.
    private mutating func step(_ cancel: inout GraphCancel) -> (ended: Int, requested: Int) {
        var ended = 0
        var requested = 0
        guard let ids = members[cancel.graph]?.ids else { return (0, 0) }
        while cancel.next < ids.count {
            guard ended + requested < StoreLimits.jobsAStep else {
                cancelsLeft.append(cancel)
                topics.insert(.ready)
                break
            }
            let id = ids[cancel.next]
            cancel.next += 1
            guard let slot = slot(of: id) else { continue }
            switch self.cancel(slot, cancel.failure) {
            case .ended: ended += 1
            case .requested: requested += 1
            case .hadEnded: break
            }
        }
        return (ended, requested)
    }
}
