/// One job, which can have options and can be the first of a graph: a ``Job``, a ``JobRequest`` or an ``OpenJob``.
public protocol JobStage: OneEndedGraph where Handles == JobHandle<LastOutput> {
    /// The job with options.
    associatedtype Configured

    /// The same job with its options changed by `change`.
    func with(_ change: (inout JobOptions) -> Void) -> Configured
}

extension JobStage {
    /// This job, then what `next` makes of its output, if it succeeds.
    ///
    /// ```swift
    /// let chain = $fetch(url: url).then { $resize.with(image: $0, width: 100) }
    /// let (image, small) = try await queue.enqueue(chain)
    /// ```
    ///
    /// If the job does not succeed, what follows is skipped.
    public func then<Next: JobGraph>(
        _ next: (JobInput<LastOutput>) -> Next
    ) -> JobChain<Next, (JobHandle<LastOutput>, Next.Handles)> where LastOutput: Codable {
        extended { $0.follow(giving: .output, to: next) }
    }

    /// This job, then `next`, if it succeeds. Its output is not handed on.
    public func followed<Next: JobGraph>(by next: Next) -> JobChain<Next, (JobHandle<LastOutput>, Next.Handles)> {
        extended { $0.follow(with: next.graphPlan) }
    }

    /// This job, and if it fails for good or expires, what `handler` makes of its failure.
    ///
    /// ```swift
    /// $charge(order: 1).onFailure { $alert.with(error: $0) }.then { $ship.with(receipt: $0) }
    /// ```
    ///
    /// The handler stands beside the graph: what is added then follows the job, not the handler. A job that is
    /// cancelled or skipped has not failed.
    public func onFailure<Handler: JobGraph>(
        _ handler: (JobInput<JobFailure>) -> Handler
    ) -> JobChain<Self, (JobHandle<LastOutput>, Handler.Handles)> {
        extended { $0.attachHandler(handler) }
    }

    /// This job, and `next` once it has ended, in any way.
    ///
    /// `next` stands beside the graph: what is added then follows the job. It runs also
    /// if the job was cancelled.
    public func finally<Next: JobGraph>(_ next: Next) -> JobChain<Self, (JobHandle<LastOutput>, Next.Handles)> {
        extended { $0.attachCleanup(next) }
    }

    /// This job, then a job for each of `items`, one after the other: each is given what the one before returned, from
    /// this one on.
    ///
    /// ```swift
    /// let (empty, totals) = try await queue.enqueue($zero().thenEach(files) { $add.with(sum: $0, file: $1) })
    /// ```
    public func thenEach<Item, Next: OneEndedGraph>(
        _ items: [Item],
        _ next: (JobInput<LastOutput>, Item) -> Next
    ) -> JobChain<JobSequence<Next>, (JobHandle<LastOutput>, [Next.Handles])>
    where LastOutput: Codable, Next.LastOutput == LastOutput {
        extended { $0.follow(each: items, next) }
    }
}
