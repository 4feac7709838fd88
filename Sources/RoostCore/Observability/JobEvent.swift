/// One change of a job's life, told after the store has it.
///
/// ```swift
/// queue.on(JobFailed.self) { event in
///     alert("\(event.job.kind) \(event.job.id) failed: \(event.failure.message)")
/// }
/// for await event in queue.events(of: JobSucceeded.self) { … }
/// ```
///
/// Events are told in the process where the change was made: `JobEnqueued` by the queue that enqueued, the others by
/// the worker that ran or took back the job.
public protocol JobEvent: Sendable {
    /// The job it is about.
    var job: JobReference { get }
}

/// Which job an event is about.
public struct JobReference: Sendable, Hashable {
    public let id: JobID
    public let kind: String
    public let queue: String

    public init(id: JobID, kind: String, queue: String) {
        self.id = id
        self.kind = kind
        self.queue = queue
    }

    init(_ job: ClaimedJob) {
        self.init(id: job.id, kind: job.kind, queue: job.queue)
    }

    init(_ change: JobChange) {
        self.init(id: change.job, kind: change.kind, queue: change.queue)
    }
}

/// The job was stored.
public struct JobEnqueued: JobEvent {
    public let job: JobReference
}

/// A worker claimed the job, to run it.
public struct JobClaimed: JobEvent {
    public let job: JobReference
    /// The number of the attempt that may follow, from 1.
    public let attempt: Int
}

/// The job returned.
public struct JobSucceeded: JobEvent {
    public let job: JobReference
    public let attempt: Int
    /// How long the attempt took.
    public let duration: Duration
}

/// The job failed for good.
public struct JobFailed: JobEvent {
    public let job: JobReference
    public let attempt: Int
    public let failure: FailureRecord
}

/// An attempt failed, and the job will be tried again.
public struct JobRetrying: JobEvent {
    public let job: JobReference
    public let attempt: Int
    public let failure: FailureRecord
    /// How long until it is ready again.
    public let delay: Duration
}

/// The job ended as cancelled.
public struct JobCancelled: JobEvent {
    public let job: JobReference
    public let reason: String
}

/// The job's expiry came before a worker did.
public struct JobExpired: JobEvent {
    public let job: JobReference
}

/// A job that this one waited for ended in another way than it needed.
public struct JobSkipped: JobEvent {
    public let job: JobReference
}

/// The job can be claimed: the jobs it waited for have ended, or its time has come.
public struct JobBecameReady: JobEvent {
    public let job: JobReference
}

/// The jobs it waited for have ended, and its delay begins.
public struct JobScheduled: JobEvent {
    public let job: JobReference
}

/// The worker gave the job back unfinished, uncharged: it shuts down, or claimed more than it can run soon.
public struct JobReleased: JobEvent {
    public let job: JobReference
}

/// The job's worker died or lost its lease; the job was taken back and charged a crash.
public struct JobCrashed: JobEvent {
    public let job: JobReference
    public let attempt: Int
}

/// The job was cancelled, or timed out, a while ago, and still runs: it does not look at `Task.isCancelled`.
public struct JobStuck: JobEvent {
    public let job: JobReference
    /// How long ago its task was cancelled.
    public let since: Duration
}

extension JobChange {
    /// The event that tells of this change.
    var event: any JobEvent {
        let reference = JobReference(self)
        switch to {
        case .ready where from == .running: return JobCrashed(job: reference, attempt: attempt)
        case .ready, .held, .running: return JobBecameReady(job: reference)
        case .scheduled, .waiting: return JobScheduled(job: reference)
        case .succeeded: return JobSucceeded(job: reference, attempt: attempt, duration: .zero)
        case .failed:
            let record = FailureRecord(reason: reason ?? .error, message: reason.map(\.rawValue) ?? "failed")
            return JobFailed(job: reference, attempt: attempt, failure: record)
        case .cancelled: return JobCancelled(job: reference, reason: reason.map(\.rawValue) ?? "cancelled")
        case .expired: return JobExpired(job: reference)
        case .skipped: return JobSkipped(job: reference)
        }
    }
}
