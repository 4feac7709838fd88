#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// One call of a busy worker: what it finished, and what it wants next.
public struct Exchange: Sendable, Equatable {
    public var worker: WorkerID
    public var settle: [SettleItem]
    public var claim: ClaimRequest?

    public init(worker: WorkerID, settle: [SettleItem] = [], claim: ClaimRequest? = nil) {
        self.worker = worker
        self.settle = settle
        self.claim = claim
    }
}

/// How one claimed job ended.
public struct SettleItem: Sendable, Equatable {
    public var job: JobID
    public var token: LeaseToken
    public var end: JobEnd
    /// When its body began, in the store's time; nil where it did not, and then no attempt is charged.
    public var startedAt: Timestamp?
    /// What the job added to its graph; stored together with its end, and only if it succeeded.
    public var added: EnqueueBatch?

    public init(
        job: JobID,
        token: LeaseToken,
        end: JobEnd,
        startedAt: Timestamp? = nil,
        added: EnqueueBatch? = nil
    ) {
        self.job = job
        self.token = token
        self.end = end
        self.startedAt = startedAt
        self.added = added
    }
}

/// The ways in which a worker is done with a job.
public enum JobEnd: Sendable, Equatable {
    /// It returned; nil: it returned `Void`.
    case succeeded(output: Data?)
    /// It failed for good.
    case failed(FailureRecord)
    /// It is to be tried again.
    ///
    /// If its cancel was asked for meanwhile, it ends as cancelled.
    case retry(after: Duration, FailureRecord, usesRetry: Bool)
    case cancelled(FailureRecord)
    case expired
    /// It was not finished, and goes back to the head of its lane. Nothing is charged. If its cancel was asked for
    /// meanwhile, it ends as cancelled.
    case released
}

/// Why an attempt did not succeed, as plain data.
public struct FailureRecord: Sendable, Equatable, Codable {
    public var reason: FailureReason
    /// The type of the error, with its module: `Network.Timeout`.
    public var errorType: String
    public var message: String
    /// Where it was thrown, by option.
    public var stack: String?

    public init(reason: FailureReason, errorType: String = "", message: String, stack: String? = nil) {
        self.reason = reason
        self.errorType = errorType
        self.message = message
        self.stack = stack
    }
}

/// The kinds of reason for which a job did not succeed.
public enum FailureReason: String, Sendable, Codable, CaseIterable {
    /// It threw.
    case error
    /// It took longer than its timeout.
    case timeout
    /// Its cancel was asked for, or it threw ``CancelExecution``.
    case cancelled
    /// Its process ended, or lost its lease, while it ran.
    case crashed
    /// It crashed its process too often and was set aside.
    case poison
    /// Its stored arguments could not be read as its type.
    case undecodable
    /// What it returned could not be stored.
    case unencodable
    /// A job whose value it needs left none.
    case inputMissing
    /// It asked to be tried again.
    case retryRequested
    /// It was not started before its expiry.
    case expired
    /// A job it waited for ended in another way than it needed.
    case parentEnded
    /// It was revoked.
    case revoked
}

/// What became of one settle item.
public enum SettleAnswer: String, Sendable, Codable {
    /// It was done now.
    case applied
    /// It had been done before, by this same claim: the earlier reply was lost.
    case already
    /// The job is no longer under this token: nothing was changed.
    case stale
}

/// The reply to an ``Exchange``.
public struct ExchangeAnswer: Sendable, Equatable {
    /// In the order of the items.
    public var settled: [SettleAnswer]
    /// What changed beside the settled jobs themselves: children that became ready or were skipped.
    public var changes: [JobChange]
    public var claim: Claim?
    /// Whether work is left for ``JobStore/advance()``.
    public var hasMore: Bool
    /// The store's time of the call.
    public var now: Timestamp

    public init(
        settled: [SettleAnswer] = [],
        changes: [JobChange] = [],
        claim: Claim? = nil,
        hasMore: Bool = false,
        now: Timestamp
    ) {
        self.settled = settled
        self.changes = changes
        self.claim = claim
        self.hasMore = hasMore
        self.now = now
    }
}

/// One job went from one state to another, by something that happened to another job or to time.
public struct JobChange: Sendable, Equatable {
    public var job: JobID
    public var kind: String
    public var queue: String
    public var from: JobState
    public var to: JobState
    public var reason: FailureReason?
    /// How many of the job's ends were charged, after the change.
    public var attempt: Int

    public init(
        job: JobID,
        kind: String,
        queue: String,
        from: JobState,
        to: JobState,
        reason: FailureReason? = nil,
        attempt: Int = 0
    ) {
        self.job = job
        self.kind = kind
        self.queue = queue
        self.from = from
        self.to = to
        self.reason = reason
        self.attempt = attempt
    }
}

/// What one step of housekeeping did.
public struct Advance: Sendable, Equatable {
    public var changes: [JobChange]
    /// Whether another step would find work at once.
    public var hasMore: Bool

    public init(changes: [JobChange] = [], hasMore: Bool = false) {
        self.changes = changes
        self.hasMore = hasMore
    }
}
