/// Graphs of any types that run side by side.
///
/// ```swift
/// let (count, name, report) = try await queue.enqueue(
///     group($count(), $name()).then { $report.with(count: $0, name: $1) }
/// )
/// ```
public func group<each Member: JobGraph>(_ members: repeat each Member) -> MixedJobGroup<repeat each Member> {
    MixedJobGroup(repeat each members)
}

/// Graphs of any types that run side by side: what `group` returns.
public struct MixedJobGroup<each Member: JobGraph>: JobGraph {
    private let shape: GraphShape
    private let slots: (repeat HandleSlot<(each Member).Handles>)
    /// The ends of each member.
    private let ends: [[Int]]

    init(_ members: repeat each Member) {
        var shape = GraphShape()
        var ends: [[Int]] = []
        func add<One: JobGraph>(_ member: One) -> HandleSlot<One.Handles> {
            let plan = member.graphPlan
            let part = shape.append(plan.shape)
            shape.ends += part.ends
            ends.append(part.ends)
            return plan.handles
        }
        self.slots = (repeat add(each members))
        self.shape = shape
        self.ends = ends
    }

    public var graphPlan: GraphPlan<(repeat (each Member).Handles)> {
        let slots = slots
        return GraphPlan(shape: shape, handles: HandleSlot { reader in (repeat (each slots).make(reader)) })
    }

    /// The group and what `extend` adds to it.
    private func extended<Last: JobGraph, Added: Sendable>(
        by extend: (inout GraphShape) -> HandleSlot<Added>
    ) -> JobChain<Last, (repeat (each Member).Handles, Added)> {
        var shape = shape
        let added = extend(&shape)
        let slots = slots
        return JobChain<Last, (repeat (each Member).Handles, Added)>(
            GraphPlan(
                shape: shape,
                handles: HandleSlot { reader in (repeat (each slots).make(reader), added.make(reader)) }
            )
        )
    }

    /// The tokens of the members' values, with what they are bound to.
    private func inputs(_ tokens: [InputToken], _ value: GraphShape.Value) -> [GraphShape.Input] {
        zip(tokens, ends).map { GraphShape.Input(token: $0, parents: $1, value: value) }
    }
}

extension MixedJobGroup {
    /// The group, then what `next` makes of the members' outputs, if all succeed.
    ///
    /// As soon as one member does not succeed, what follows is skipped. To go on with what there is, use
    /// ``thenOutcomes(_:)``.
    public func then<Next: JobGraph>(
        _ next: (repeat JobInput<(each Member).LastOutput>) -> Next
    ) -> JobChain<Next, (repeat (each Member).Handles, Next.Handles)>
    where repeat each Member: OneEndedGraph, repeat (each Member).LastOutput: Codable {
        var tokens: [InputToken] = []
        func input<Value>(_: Value.Type) -> JobInput<Value> {
            tokens.append(InputToken())
            return JobInput(open: tokens[tokens.count - 1])
        }
        let plan = next(repeat input((each Member).LastOutput.self)).graphPlan
        return extended { $0.follow(with: plan, inputs: inputs(tokens, .output)) }
    }

    /// The group, then what `next` makes of how each member ended, however that was.
    public func thenOutcomes<Next: JobGraph>(
        _ next: (repeat JobInput<JobOutcome<(each Member).LastOutput>>) -> Next
    ) -> JobChain<Next, (repeat (each Member).Handles, Next.Handles)>
    where repeat each Member: OneEndedGraph, repeat (each Member).LastOutput: Codable {
        var tokens: [InputToken] = []
        func input<Value>(_: Value.Type) -> JobInput<JobOutcome<Value>> {
            tokens.append(InputToken())
            return JobInput(open: tokens[tokens.count - 1])
        }
        let plan = next(repeat input((each Member).LastOutput.self)).graphPlan
        return extended { $0.follow(with: plan, inputs: inputs(tokens, .outcome)) }
    }

    /// The group, then what `next` makes of the failures of the jobs that did not succeed and that others do not wait
    /// for, once all have ended. It runs also where there are none.
    public func thenFailures<Next: JobGraph>(
        _ next: (JobInput<[JobFailure]>) -> Next
    ) -> JobChain<Next, (repeat (each Member).Handles, Next.Handles)> {
        extended { $0.follow(giving: .failures, to: next) }
    }

    /// The group, then `next`, if all members succeed.
    public func followed<Next: JobGraph>(
        by next: Next
    ) -> JobChain<Next, (repeat (each Member).Handles, Next.Handles)> {
        extended { $0.follow(with: next.graphPlan) }
    }

    /// The group, with a handler for each job of it: see ``JobChain/onFailure(_:)``.
    public func onFailure<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> JobChain<Self, (repeat (each Member).Handles, [Handler.Handles])> {
        extended { $0.attachHandlers(handler) }
    }

    /// The group, and `next` once all members have ended in any way.
    public func finally<Next: JobGraph>(
        _ next: Next
    ) -> JobChain<Self, (repeat (each Member).Handles, Next.Handles)> {
        extended { $0.attachCleanup(next) }
    }
}
