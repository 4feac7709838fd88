/// Graphs of one type that run side by side.
///
/// ```swift
/// let (pages, index) = try await queue.enqueue(
///     group(urls.map { $fetch(url: $0) }).then { $index.with(pages: $0) }    // `$0` is a JobInput<[Page]>
/// )
/// ```
public func group<Member: JobGraph>(_ members: [Member]) -> JobGroup<Member> {
    JobGroup(members)
}

/// Graphs of one type that run side by side: what ``group(_:)-([Member])`` returns.
public struct JobGroup<Member: JobGraph>: JobGraph {
    public let graphPlan: GraphPlan<[Member.Handles]>

    init(_ members: [Member]) {
        var shape = GraphShape()
        var slots: [HandleSlot<Member.Handles>] = []
        slots.reserveCapacity(members.count)
        for member in members {
            let plan = member.graphPlan
            shape.ends += shape.append(plan.shape).ends
            slots.append(plan.handles)
        }
        self.graphPlan = GraphPlan(shape: shape, handles: .all(slots))
    }
}

extension JobGroup {
    /// The group, then what `next` makes of the members' outputs, in their order, if all succeed.
    ///
    /// As soon as one member does not succeed, what follows is skipped. To go on with what there is, use
    /// ``thenOutcomes(_:)``. An empty group is done at once, and its outputs are an empty array.
    public func then<Next: JobGraph>(
        _ next: (JobInput<[Member.LastOutput]>) -> Next
    ) -> JobChain<Next, ([Member.Handles], Next.Handles)> where Member: OneEndedGraph, Member.LastOutput: Codable {
        extended { $0.follow(giving: .outputs, to: next) }
    }

    /// The group, then what `next` makes of how the members ended, in their order, however that was.
    ///
    /// ```swift
    /// group(urls.map { $fetch(url: $0) }).thenOutcomes { $report.with(outcomes: $0) }   // JobInput<[JobOutcome<Page>]>
    /// ```
    public func thenOutcomes<Next: JobGraph>(
        _ next: (JobInput<[JobOutcome<Member.LastOutput>]>) -> Next
    ) -> JobChain<Next, ([Member.Handles], Next.Handles)> where Member: OneEndedGraph, Member.LastOutput: Codable {
        extended { $0.follow(giving: .outcomes, to: next) }
    }

    /// The group, then what `next` makes of the failures of the members that did not succeed, once all have ended. It
    /// runs also where there are none.
    ///
    /// ```swift
    /// group(users.map { $sendNewsletter(to: $0) }).thenFailures { $report.with(failures: $0) }
    /// ```
    public func thenFailures<Next: JobGraph>(
        _ next: (JobInput<[JobFailure]>) -> Next
    ) -> JobChain<Next, ([Member.Handles], Next.Handles)> {
        extended { $0.follow(giving: .failures, to: next) }
    }

    /// The group, then `next`, if all members succeed.
    public func followed<Next: JobGraph>(by next: Next) -> JobChain<Next, ([Member.Handles], Next.Handles)> {
        extended { $0.follow(with: next.graphPlan) }
    }

    /// The group, with a handler for each job of it: see ``JobChain/onFailure(_:)``. For one handler use
    /// ``thenFailures(_:)``.
    public func onFailure<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> JobChain<Self, ([Member.Handles], [Handler.Handles])> {
        extended { $0.attachHandlers(handler) }
    }

    /// The group, and `next` once all members have ended in any way.
    public func finally<Next: JobGraph>(_ next: Next) -> JobChain<Self, ([Member.Handles], Next.Handles)> {
        extended { $0.attachCleanup(next) }
    }
}

extension HandleSlot {
    /// Makes the handles of `slots`, one after the other.
    static func all<Element>(_ slots: [HandleSlot<Element>]) -> HandleSlot where Handles == [Element] {
        HandleSlot { reader in slots.map { $0.make(reader) } }
    }
}
