/// The graphs in `members` one after the other, each if the one before succeeds.
///
/// ```swift
/// let steps = try await queue.enqueue(chain(of: migrations.map { $migrate(name: $0) }))    // [JobHandle<Void>]
/// ```
///
/// Use it for a chain whose length is known only at run time: the type of one that `followed(by:)` makes grows with
/// each job.
public func chain<Member: JobGraph>(of members: [Member]) -> JobSequence<Member> {
    JobSequence(members)
}

/// Graphs of one type, one after the other: what ``chain(of:)`` returns.
public struct JobSequence<Member: JobGraph>: JobGraph {
    public let graphPlan: GraphPlan<[Member.Handles]>

    init(_ members: [Member]) {
        var shape = GraphShape()
        let slots = members.map { shape.follow(with: $0.graphPlan) }
        self.graphPlan = GraphPlan(shape: shape, handles: .all(slots))
    }
}

extension JobSequence: OneEndedGraph where Member: OneEndedGraph {
    public typealias LastOutput = Member.LastOutput
}

extension JobSequence {
    /// The sequence, then what `next` makes of the output of its last job, if that succeeds. An empty sequence has none,
    /// and cannot be enqueued so.
    public func then<Next: JobGraph>(
        _ next: (JobInput<Member.LastOutput>) -> Next
    ) -> JobChain<Next, ([Member.Handles], Next.Handles)> where Member: OneEndedGraph, Member.LastOutput: Codable {
        extended { $0.follow(giving: .output, to: next) }
    }

    /// The sequence, then `next`, if all of it succeeds.
    public func followed<Next: JobGraph>(by next: Next) -> JobChain<Next, ([Member.Handles], Next.Handles)> {
        extended { $0.follow(with: next.graphPlan) }
    }

    /// The sequence, with a handler for each job of it: see ``JobChain/onFailure(_:)``.
    public func onFailure<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> JobChain<Self, ([Member.Handles], [Handler.Handles])> {
        extended { $0.attachHandlers(handler) }
    }

    /// The sequence, and `next` once its last job has ended in any way.
    public func finally<Next: JobGraph>(_ next: Next) -> JobChain<Self, ([Member.Handles], Next.Handles)> {
        extended { $0.attachCleanup(next) }
    }
}
