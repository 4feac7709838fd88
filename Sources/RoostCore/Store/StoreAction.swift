/// Something that a user or an operator asks of jobs that are stored.
public enum StoreAction: Sendable, Equatable {
    /// Ends the job as cancelled, or, if it runs, asks its worker to cancel it.
    case cancel(JobID)
    /// The same for every job of a graph that has not ended.
    case cancelGraph(JobID)
    /// Gives a job that has not started another start: it becomes scheduled, or ready at once.
    case reschedule(JobID, JobOptions.Start)
    /// Puts a job that failed, or was cancelled, expired or skipped while its payload is kept, back in line, with its
    /// counters of failures and crashes at zero. Its edges are not resolved again.
    case retry(JobID)
    /// Forgets a job that has ended.
    case delete(JobID)
    /// Hands out no more jobs of a queue, of a kind, or (both given) of one lane.
    case pause(queue: String?, kind: String?)
    case resume(queue: String?, kind: String?)
    /// Ends as cancelled the jobs in `scope` when they are claimed. That of a job is forgotten with it.
    case revoke(RevocationScope, once: Bool, until: Timestamp?)
    /// Takes a revocation back.
    case restore(RevocationScope)
}

/// What a revocation is about. One of a job holds for the job alone.
public enum RevocationScope: Sendable, Hashable {
    case kind(String)
    case job(JobID)
}

/// An action with who asked for it, why, and an id by which it is done once.
public struct ActionRequest: Sendable, Equatable {
    /// The same id within two minutes is answered as before and not done again.
    public var id: JobID
    public var action: StoreAction
    public var by: String
    public var why: String

    public init(_ action: StoreAction, id: JobID = JobID(), by: String = "", why: String = "") {
        self.id = id
        self.action = action
        self.by = by
        self.why = why
    }
}

/// What became of an action.
public struct ActionAnswer: Sendable, Equatable {
    public enum Result: Sendable, Equatable {
        case done
        /// The job runs; its worker was asked.
        case requested
        /// There was nothing to do: it is so already, or there is no such rule to take back.
        case unchanged
        /// No such job is known.
        case notFound
        /// It cannot be done in the state the job is in.
        case refused(JobState)
        /// Its unique key is held by another job meanwhile.
        case duplicate(of: JobID)
    }

    public var result: Result
    public var changes: [JobChange]
    public var hasMore: Bool

    public init(_ result: Result, changes: [JobChange] = [], hasMore: Bool = false) {
        self.result = result
        self.changes = changes
        self.hasMore = hasMore
    }
}
