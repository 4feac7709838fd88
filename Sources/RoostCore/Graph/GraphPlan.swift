/// What a graph consists of: its jobs, its edges, and how its handles are made. Made by ``JobGraph/graphPlan``.
public struct GraphPlan<Handles>: Sendable {
    let shape: GraphShape
    let handles: HandleSlot<Handles>
}

/// Makes the handles of a part of a graph, from the ids of its jobs in their order.
struct HandleSlot<Handles>: Sendable {
    let make: @Sendable (HandleReader) -> Handles
}

/// Hands out the ids of a graph's jobs one by one.
final class HandleReader {
    private var ids: ArraySlice<JobID>
    private let queue: JobQueue

    init(ids: [JobID], queue: JobQueue) {
        self.ids = ids[...]
        self.queue = queue
    }

    /// A handle of the next job.
    func next<Work: Job>(_ type: Work.Type) -> JobHandle<Work.Output> {
        // As many are asked for as the shape has jobs; were there fewer, a handle of no job is better than a trap.
        JobHandle(id: ids.popFirst() ?? JobID(high: 0, low: 0), of: type, in: queue)
    }
}
