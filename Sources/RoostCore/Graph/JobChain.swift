/// Jobs of which one waits for another: what ``JobStage/then(_:)`` and its kin return.
///
/// ```swift
/// let chain = $fetch(url: url).then { $resize.with(image: $0, width: 100) }.followed(by: $notify())
/// let (image, small, done) = try await queue.enqueue(chain)
/// ```
///
/// Its handles are a tuple with one place for each part, in the order in which they were written. For a chain as long as
/// an array there are ``chain(of:)`` and ``thenEach(_:_:)``.
public struct JobChain<Last: JobGraph, Handles: Sendable>: JobGraph {
    // `Handles` is a tuple, and not a parameter pack of the type, since the compiler (6.3.1) cannot follow three calls in
    // one expression that each lengthen a pack.

    public let graphPlan: GraphPlan<Handles>

    init(_ graphPlan: GraphPlan<Handles>) {
        self.graphPlan = graphPlan
    }

    /// The chain with what `extend` adds to it, which ends in a `NewLast`.
    func extended<NewLast: JobGraph, Added: Sendable, each Handle: Sendable>(
        by extend: (inout GraphShape) -> HandleSlot<Added>
    ) -> JobChain<NewLast, (repeat each Handle, Added)> where Handles == (repeat each Handle) {
        var shape = graphPlan.shape
        let added = extend(&shape)
        let before = graphPlan.handles
        return JobChain<NewLast, (repeat each Handle, Added)>(
            GraphPlan(
                shape: shape,
                handles: HandleSlot { reader in
                    let handles = before.make(reader)
                    return (repeat each handles, added.make(reader))
                }
            )
        )
    }
}

extension JobChain: OneEndedGraph where Last: OneEndedGraph {
    public typealias LastOutput = Last.LastOutput
}

extension JobChain {
    /// The chain, then what `next` makes of the output of its last job, if that succeeds.
    ///
    /// ```swift
    /// $fetch(url: url).then { $resize.with(image: $0, width: 100) }.then { $upload.with(image: $0) }
    /// ```
    ///
    /// If a job of the chain does not succeed, all that follows is skipped.
    public func then<Next: JobGraph, each Handle: Sendable>(
        _ next: (JobInput<Last.LastOutput>) -> Next
    ) -> JobChain<Next, (repeat each Handle, Next.Handles)>
    where Last: OneEndedGraph, Last.LastOutput: Codable, Handles == (repeat each Handle) {
        extended { $0.follow(giving: .output, to: next) }
    }

    /// The chain, then `next`, if its last job succeeds; where it ends in a group, if all of that succeed.
    public func followed<Next: JobGraph, each Handle: Sendable>(
        by next: Next
    ) -> JobChain<Next, (repeat each Handle, Next.Handles)> where Handles == (repeat each Handle) {
        extended { $0.follow(with: next.graphPlan) }
    }

    /// The chain, and if a job of it fails for good or expires, what `handler` makes of the failure.
    ///
    /// ```swift
    /// let chain = $fetch(url: url).then { $resize.with(image: $0, width: 100) }.onFailure { $alert.with(error: $0) }
    /// let (image, small, alerts) = try await queue.enqueue(chain)    // alerts[0] for fetch, alerts[1] for resize
    /// ```
    ///
    /// Each job of the chain, those of groups in it too, gets a handler of its own, beside the chain; the handlers of
    /// jobs that do not fail are skipped. Of jobs that stand one after the other at most one fails, since the rest is
    /// then skipped. For one handler of many jobs see ``JobGroup/thenFailures(_:)``; for a handler of one job, call
    /// `onFailure` on that job.
    public func onFailure<Handler: JobGraph, each Handle: Sendable>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> JobChain<Last, (repeat each Handle, [Handler.Handles])> where Handles == (repeat each Handle) {
        extended { $0.attachHandlers(handler) }
    }

    /// The chain, and `next` once its last job has ended in any way; skipped is one.
    ///
    /// `next` stands beside the chain: what is added then follows the chain.
    public func finally<Next: JobGraph, each Handle: Sendable>(
        _ next: Next
    ) -> JobChain<Last, (repeat each Handle, Next.Handles)> where Handles == (repeat each Handle) {
        extended { $0.attachCleanup(next) }
    }

    /// The chain, then a job for each of `items`, one after the other: each is given what the one before returned.
    public func thenEach<Item, Next: OneEndedGraph, each Handle: Sendable>(
        _ items: [Item],
        _ next: (JobInput<Last.LastOutput>, Item) -> Next
    ) -> JobChain<JobSequence<Next>, (repeat each Handle, [Next.Handles])>
    where
        Last: OneEndedGraph,
        Last.LastOutput: Codable,
        Next.LastOutput == Last.LastOutput,
        Handles == (repeat each Handle)
    {
        extended { $0.follow(each: items, next) }
    }
}

extension JobGraph {
    /// The graph and what `extend` adds to it, as a chain of two parts.
    func extended<Last: JobGraph, Added>(
        by extend: (inout GraphShape) -> HandleSlot<Added>
    ) -> JobChain<Last, (Handles, Added)> {
        let plan = graphPlan
        var shape = plan.shape
        let before = plan.handles
        let added = extend(&shape)
        let slot = HandleSlot { reader in (before.make(reader), added.make(reader)) }
        return JobChain(GraphPlan(shape: shape, handles: slot))
    }
}
