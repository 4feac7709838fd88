public import Logging
public import RoostCore

extension JobQueue {
    /// A queue for tests whose jobs run at the call: when `enqueue` returns, the job has ended.
    ///
    /// ```swift
    /// let queue = try JobQueue.immediate()
    /// let handle = try await queue.enqueue($checkCommentSpam(commentID: 42))
    /// #expect(try await handle.value() == false)
    /// ```
    ///
    /// The job's arguments, output and errors go through the same encoding, hooks and verdicts as in a worker, against a
    /// memory store. An attempt that fails is tried again at once: the time of its backoff is skipped. Jobs that are
    /// delayed, and those that asked for another attempt (`RetryJob`, `CancelExecution(retry: true)`), wait for
    /// ``RoostCore/JobQueue/runDueJobs(after:)``. A job that takes longer than its timeout is not cancelled. Handlers of
    /// events have returned when the call has.
    ///
    /// - Parameters:
    ///   - jobs: types to run beside those declared with `@Job`.
    ///   - discoversJobs: whether those declared with `@Job` anywhere in the executable are run.
    ///   - queues: the queues whose jobs are run.
    ///   - time: the clock of the store, if a test wants to look at it or to move it.
    ///   - logger: what the jobs and the worker log by.
    ///   - configure: adds hooks to the worker that runs the jobs; its startup and shutdown hooks are not called.
    /// - Throws: `DuplicateJobKind`, if two types claim one kind.
    public static func immediate(
        jobs: [any Job.Type] = [],
        discoversJobs: Bool = true,
        queues: [String] = ["default"],
        time: TestTimeSource = TestTimeSource(),
        logger: Logger = Logger(label: "roost"),
        configure: (Worker) -> Void = { _ in }
    ) throws -> JobQueue {
        let store = ImmediateStore(time: time)
        let queue = JobQueue(store: store, logger: logger, awaitsHandlers: true)
        let worker = Worker(
            queue,
            options: WorkerOptions(concurrency: 1, queues: queues),
            jobs: jobs,
            discoversJobs: discoversJobs
        )
        configure(worker)
        try store.attach(worker)
        return queue
    }

    /// Moves the clock of an immediate queue by `duration`, and runs the jobs that are due then.
    ///
    /// - Throws: `NotImmediate` if the queue was not made by `immediate`; `StoreError`.
    public func runDueJobs(after duration: Duration = .zero) async throws {
        guard let store = store as? ImmediateStore else { throw NotImmediate() }
        try await store.runDueJobs(after: duration)
        await handlersAreDone()
    }
}

/// Only a queue made by `JobQueue.immediate()` can be told to run its jobs.
public struct NotImmediate: Error, CustomStringConvertible {
    public var description: String { "this queue was not made by JobQueue.immediate()" }
}
