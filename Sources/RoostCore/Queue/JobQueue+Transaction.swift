/// What a store builds on that lets users enqueue within a transaction of their own.
extension JobQueue {
    /// Prepares jobs, has `insert` store them, and makes their handles.
    ///
    /// For those who write a store: `insert` puts the batch into a transaction that the user commits. No
    /// ``JobEnqueued`` is told, since the store cannot know here whether that happens.
    ///
    /// - Parameters:
    ///   - requests: the jobs.
    ///   - insert: stores the batch, all or nothing, as ``JobStore/enqueue(_:)`` does.
    /// - Throws: as `enqueue` does; what `insert` throws.
    public func enqueue<Request: Enqueueable>(
        _ requests: [Request],
        by insert: (EnqueueBatch) throws -> EnqueueAnswer
    ) throws -> [JobHandle<Request.Work.Output>] {
        guard !requests.isEmpty else { return [] }
        let facts = JobTypeFacts<Request.Work>()
        let batch = EnqueueBatch(jobs: try requests.map { try preparer.newJob(for: $0.request, facts: facts) })
        return handles(for: try ids(of: batch, in: insert(batch)), of: Request.Work.self)
    }

    /// Prepares a graph of jobs, has `insert` store it, and makes its handles.
    ///
    /// - Throws: as `enqueue` does; what `insert` throws.
    public func enqueue<Graph: JobGraph>(
        _ graph: Graph,
        by insert: (EnqueueBatch) throws -> EnqueueAnswer
    ) throws -> Graph.Handles {
        let plan = try graph.plan(using: preparer)
        return try plan.handles(self, ids(of: plan.batch, in: insert(plan.batch)))
    }

    /// Prepares jobs, has `insert` store them, and makes their handles, as ``enqueue(_:by:)-([Request],_)`` does.
    public func enqueue<Request: Enqueueable>(
        _ requests: [Request],
        by insert: (EnqueueBatch) async throws -> EnqueueAnswer
    ) async throws -> [JobHandle<Request.Work.Output>] {
        guard !requests.isEmpty else { return [] }
        let facts = JobTypeFacts<Request.Work>()
        let batch = EnqueueBatch(jobs: try requests.map { try preparer.newJob(for: $0.request, facts: facts) })
        return handles(for: try ids(of: batch, in: await insert(batch)), of: Request.Work.self)
    }

    /// Prepares a graph of jobs, has `insert` store it, and makes its handles.
    public func enqueue<Graph: JobGraph>(
        _ graph: Graph,
        by insert: (EnqueueBatch) async throws -> EnqueueAnswer
    ) async throws -> Graph.Handles {
        let plan = try graph.plan(using: preparer)
        return try plan.handles(self, ids(of: plan.batch, in: await insert(plan.batch)))
    }

    /// Handles of jobs of one type, which share what holds for the type.
    func handles<Work: Job>(for ids: [JobID], of type: Work.Type) -> [JobHandle<Work.Output>] {
        guard let first = ids.first else { return [] }
        let handle = JobHandle(id: first, of: type, in: self)
        return ids.map(handle.of)
    }

    /// Under which id each job of `batch` is found: its own, or that of the holder of its unique key.
    func ids(of batch: EnqueueBatch, in answer: EnqueueAnswer) throws(StoreError) -> [JobID] {
        guard answer.items.count == batch.jobs.count else {
            throw StoreError(.broken, "\(store.name) answered \(answer.items.count) of \(batch.jobs.count) jobs")
        }
        return zip(batch.jobs, answer.items).map { job, item in
            switch item {
            case .stored: job.id
            case .duplicate(let holder): holder
            }
        }
    }
}
