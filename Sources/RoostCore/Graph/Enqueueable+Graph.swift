extension Enqueueable {
    public var graphPlan: GraphPlan<JobHandle<Work.Output>> {
        let request = request
        let shape = GraphShape(job: { preparer, _ in try preparer.newJob(for: request) }, kind: Work.kind)
        return GraphPlan(shape: shape, handles: HandleSlot { $0.next(Work.self) })
    }
}
