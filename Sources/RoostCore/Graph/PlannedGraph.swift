/// A graph that is ready to be stored: its jobs have ids.
struct PlannedGraph<Handles>: Sendable {
    let batch: EnqueueBatch
    private let slot: HandleSlot<Handles>

    init(_ plan: GraphPlan<Handles>, using preparer: JobPreparer, in graph: JobID?) throws {
        self.batch = try plan.shape.batch(using: preparer, in: graph)
        self.slot = plan.handles
    }

    /// What ``JobQueue`` returns for the graph.
    ///
    /// - Parameter ids: under which id each job of `batch` is found: its own, or that of the job that holds its unique
    ///   key.
    func handles(_ queue: JobQueue, _ ids: [JobID]) throws(StoreError) -> Handles {
        guard ids.count == batch.jobs.count else {
            throw StoreError(.broken, "\(queue.store.name) told of \(ids.count) of \(batch.jobs.count) jobs")
        }
        return slot.make(HandleReader(ids: ids, queue: queue))
    }
}

extension JobGraph {
    /// The graph as a batch for a store, and how its handles are made.
    ///
    /// - Parameter graph: the graph that its jobs are to belong to; nil: one of their own.
    func plan(using preparer: JobPreparer, in graph: JobID? = nil) throws -> PlannedGraph<Handles> {
        try PlannedGraph(graphPlan, using: preparer, in: graph)
    }
}
