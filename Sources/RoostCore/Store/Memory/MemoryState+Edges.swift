import DequeModule

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A job that waits for another.
struct OpenEdge {
    let child: JobID
    let position: Int32
    let condition: EdgeCondition
}

/// Where a job's input comes from.
struct JobInputSlot {
    let position: Int32
    let parent: JobID
}

/// The edges of a job that ended, some of them resolved.
struct EdgeTask {
    let parent: JobID
    let state: JobState
    /// By child, so that all stores resolve them in one order.
    let edges: [OpenEdge]
    var next = 0
}

extension MemoryState {
    /// Ends a job, and leaves its edges to ``resolveEdges()``. Every end of every job comes by here.
    mutating func finish(
        _ slot: Int,
        as state: JobState,
        failure: FailureRecord? = nil,
        output: Data? = nil,
        startedAt: Timestamp? = nil
    ) {
        let previous = rows[slot].state
        if rows[slot].token != 0 { leave(slot) }
        setState(slot, state)
        if previous == .ready { lanes[rows[slot].lane].compact(in: rows) }
        let id = rows[slot].id
        rows[slot].finishedAt = now
        rows[slot].startedAt = startedAt
        rows[slot].output = output
        if state == .succeeded { rows[slot].payload = nil }
        if let failure { failures[id] = failure }
        let pruneAt = StoreRules.pruneAt(state: state, finishedAt: now, retention: rows[slot].facts.job.retention)
        rows[slot].pruneAt = pruneAt
        insertFinished(slot)
        if rows[slot].flags.contains(.hasInputs) {
            countInputs(of: id, by: -1)
            // Like its payload: nobody will run it again.
            if state == .succeeded { inputs[id] = nil }
        }
        if rows[slot].flags.contains(.hasChildren), let open = edges.removeValue(forKey: id) {
            rows[slot].flags.remove(.hasChildren)
            let inOrder = open.sorted { ($0.child, $0.position) < ($1.child, $1.position) }
            ended.append(EdgeTask(parent: id, state: state, edges: inOrder))
        }
        topics.insert(.settled)
    }

    /// Ends a job that waited for `parent`, which ended in `state`.
    mutating func skip(_ slot: Int, because parent: JobID, in state: JobState) {
        finish(slot, as: .skipped, failure: StoreRules.parentEnded(parent, in: state))
        report(slot, from: .waiting, reason: .parentEnded)
    }

    /// Resolves edges of the jobs that ended in this call, up to the limit of a step; the rest is left to `advance()`.
    mutating func resolveEdges() {
        guard !ended.isEmpty else { return }
        var budget = StoreLimits.edgesInline
        while budget > 0, var task = ended.popFirst() {
            while task.next < task.edges.count, budget > 0 {
                resolve(task.edges[task.next], parent: task.parent, state: task.state)
                task.next += 1
                budget -= 1
            }
            if task.next < task.edges.count { ended.prepend(task) }
        }
        if !ended.isEmpty {
            edgesLeft.append(contentsOf: ended)
            ended.removeAll()
            // Whoever sleeps is to go on with the rest.
            topics.insert(.ready)
        }
    }

    private mutating func resolve(_ edge: OpenEdge, parent: JobID, state: JobState) {
        guard let child = slot(of: edge.child), rows[child].state == .waiting else { return }
        guard edge.condition.isMet(by: state) else { return skip(child, because: parent, in: state) }
        rows[child].openEdges -= 1
        guard rows[child].openEdges == 0 else { return }
        start(child, due: StoreRules.due(rows[child].facts.job.start, now: now))
        report(child, from: .waiting)
    }

    /// Tells the parents of a job that it needs their outcomes, or no longer does.
    mutating func countInputs(of job: JobID, by change: Int) {
        for input in inputs[job] ?? [] {
            guard let parent = slot(of: input.parent) else { continue }
            rows[parent].neededBy += change
            if rows[parent].neededBy == 0, rows[parent].flags.contains(.isSpared) {
                rows[parent].flags.remove(.isSpared)
                insertFinished(parent)
            }
        }
    }
}
