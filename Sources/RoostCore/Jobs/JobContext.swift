public import Logging
import Synchronization

/// What a running job can know of its own run.
///
/// A job's function gets it by a parameter of this type; any code that runs in a job gets it as ``current``.
///
/// ```swift
/// @Job func report(year: Int, context: JobContext) async throws {
///     context.logger.info("attempt \(context.attempt)")
/// }
/// ```
public struct JobContext: Sendable {
    let run: Run

    public var id: JobID { run.job.id }
    public var kind: String { run.job.kind }
    /// The name of the queue the job stood in.
    public var queueName: String { run.job.queue }
    public var priority: Int32 { run.job.priority }
    /// The number of this attempt, from 1.
    public var attempt: Int { run.job.attempt + 1 }
    public var headers: [String: String] { run.job.headers }
    public var enqueuedAt: Timestamp { run.job.enqueuedAt }
    /// The number of the worker's slot that runs the job, from 0.
    public var slot: Int { run.slot }
    /// Where the job was written.
    public var sourceLocation: JobSourceLocation? { run.sourceLocation }
    /// The queue the job came from, to enqueue more. What a job enqueues by it is there at once, whether the job then
    /// succeeds or not; see ``enqueueOnSuccess(_:)``.
    public var queue: JobQueue { run.queue }

    init(
        job: ClaimedJob,
        slot: Int,
        sourceLocation: JobSourceLocation?,
        queue: JobQueue,
        logger: Logger,
        time: any TimeSource
    ) {
        self.run = Run(
            job: job,
            slot: slot,
            sourceLocation: sourceLocation,
            queue: queue,
            logger: logger,
            time: time
        )
    }

    /// One object for all who ask: a context is handed on at each attempt, and kept with the task.
    final class Run: Sendable {
        /// What changes while the job runs.
        private struct State {
            var deadline: Duration?
            var added: EnqueueBatch?
            var startedAt: Timestamp?
            var completion: SettleItem?
        }

        let job: ClaimedJob
        let slot: Int
        let sourceLocation: JobSourceLocation?
        let queue: JobQueue
        let logger: Logger
        let time: any TimeSource
        private let state = Mutex(State())

        init(
            job: ClaimedJob,
            slot: Int,
            sourceLocation: JobSourceLocation?,
            queue: JobQueue,
            logger: Logger,
            time: any TimeSource
        ) {
            self.job = job
            self.slot = slot
            self.sourceLocation = sourceLocation
            self.queue = queue
            self.logger = logger
            self.time = time
        }

        /// Until when the attempt may take, as uptime; nil: without limit.
        var deadline: Duration? {
            get { state.withLock { $0.deadline } }
            set { state.withLock { $0.deadline = newValue } }
        }

        /// When the body began, in the store's time.
        var startedAt: Timestamp? {
            get { state.withLock { $0.startedAt } }
            set { state.withLock { $0.startedAt = newValue } }
        }

        /// The end that the job has in the store already, in a transaction of its own.
        var completion: SettleItem? {
            get { state.withLock { $0.completion } }
            set { state.withLock { $0.completion = newValue } }
        }

        /// What is to be enqueued together with the job's success.
        var added: EnqueueBatch? { state.withLock { $0.added } }

        func add(_ job: NewJob) {
            state.withLock { state in
                state.added = EnqueueBatch(jobs: (state.added?.jobs ?? []) + [job])
            }
        }
    }

    /// Writes with the job's id, kind, attempt and slot.
    public var logger: Logger {
        var logger = run.logger
        logger[metadataKey: "job"] = "\(id)"
        logger[metadataKey: "kind"] = "\(kind)"
        logger[metadataKey: "attempt"] = "\(attempt)"
        logger[metadataKey: "slot"] = "\(slot)"
        return logger
    }

    /// Until when this attempt may take; nil: without limit.
    public var deadline: Timestamp? {
        timeRemaining.map { run.time.now + $0 }
    }

    /// Enqueues a job together with this one's success, in one transaction: if this attempt fails, or is lost, nothing
    /// is enqueued.
    ///
    /// - Returns: the id that the job will have.
    /// - Throws: as `JobQueue.enqueue` does for a job that cannot be stored.
    @discardableResult
    public func enqueueOnSuccess(_ request: some Enqueueable) throws -> JobID {
        let job = try queue.preparer.newJob(for: request.request)
        run.add(job)
        return job.id
    }

    /// How long this attempt may still take, never below zero; nil: without limit. When it is over, the job's task is
    /// cancelled.
    public var timeRemaining: Duration? {
        run.deadline.map { max($0 - run.time.uptime, .zero) }
    }

    /// The context of the job that this task runs; nil outside a job.
    @TaskLocal public static var current: JobContext?

    /// The context of the job that this task runs.
    ///
    /// - Throws: ``NotInJob`` outside a job.
    public static var required: JobContext {
        get throws {
            guard let current else { throw NotInJob() }
            return current
        }
    }
}

/// The context of a job was asked for where no job runs.
public struct NotInJob: Error, CustomStringConvertible {
    public init() {}

    public var description: String {
        "there is no job context here: this code runs outside a job, or in a Task { } that a job detached"
    }
}
