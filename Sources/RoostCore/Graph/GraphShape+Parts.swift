/// How the words of graphs put shapes together.
extension GraphShape {
    /// Puts `next`, which was made with `inputs` of the ends, behind them.
    mutating func follow<Handles>(with next: GraphPlan<Handles>, inputs: [Input] = []) -> HandleSlot<Handles> {
        let part = append(next.shape)
        if inputs.isEmpty { connect(ends, to: part, .success) } else { connect(inputs, to: part) }
        end(in: part)
        return next.handles
    }

    /// Puts what `next` makes of one value of the ends behind them.
    mutating func follow<Value, Next: JobGraph>(
        giving value: GraphShape.Value,
        to next: (JobInput<Value>) -> Next
    ) -> HandleSlot<Next.Handles> {
        let token = InputToken()
        let plan = next(JobInput(open: token)).graphPlan
        return follow(with: plan, inputs: [Input(token: token, parents: ends, value: value)])
    }

    /// Puts what `next` makes of each of `items` behind the ends, one after the other.
    mutating func follow<Item, Output, Next: JobGraph>(
        each items: [Item],
        _ next: (JobInput<Output>, Item) -> Next
    ) -> HandleSlot<[Next.Handles]> {
        .all(items.map { item in follow(giving: .output) { next($0, item) } })
    }

    /// Gives the one job of the shape a handler of its failure, beside the graph.
    mutating func attachHandler<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> HandleSlot<Handler.Handles> {
        let token = InputToken()
        let plan = handler(JobInput(open: token)).graphPlan
        attach(plan.shape, to: ends, token)
        return plan.handles
    }

    /// Gives each job of the shape that is not beside it a handler of its failure, beside the graph.
    mutating func attachHandlers<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> HandleSlot<[Handler.Handles]> {
        let token = InputToken()
        let plan = handler(JobInput(open: token)).graphPlan
        let jobs = mainNodes
        for job in jobs { attach(plan.shape, to: [job], token) }
        let slot = plan.handles
        return HandleSlot { reader in jobs.map { _ in slot.make(reader) } }
    }

    private mutating func attach(_ handler: GraphShape, to jobs: [Int], _ token: InputToken) {
        let part = append(handler, beside: true)
        connect([Input(token: token, parents: jobs, value: .failure)], to: part)
    }

    /// Puts `next` beside the graph, to run once all ends have ended.
    mutating func attachCleanup<Next: JobGraph>(_ next: Next) -> HandleSlot<Next.Handles> {
        let plan = next.graphPlan
        let part = append(plan.shape, beside: true)
        connect(ends, to: part, .always)
        return plan.handles
    }
}
