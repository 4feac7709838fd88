#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// How a job ended, as stored.
public struct StoredOutcome: Sendable, Equatable {
    public var state: JobState
    /// What it returned; nil for `Void`, and where it did not succeed.
    public var output: Data?
    /// Why it did not succeed.
    public var failure: FailureRecord?
    public var kind: String
    public var attempt: Int
    public var finishedAt: Timestamp

    public init(
        state: JobState,
        output: Data? = nil,
        failure: FailureRecord? = nil,
        kind: String,
        attempt: Int,
        finishedAt: Timestamp
    ) {
        self.state = state
        self.output = output
        self.failure = failure
        self.kind = kind
        self.attempt = attempt
        self.finishedAt = finishedAt
    }
}

/// A job as it stands.
public struct JobSnapshot: Sendable, Equatable {
    public var id: JobID
    public var kind: String
    public var queue: String
    public var state: JobState
    public var priority: Int32
    public var attempt: Int
    public var failures: Int
    public var crashes: Int
    public var claims: Int
    public var graph: JobID?
    /// The token of the claim that holds it, while it runs.
    public var token: LeaseToken?
    /// The worker that holds it, while it runs.
    public var worker: WorkerID?
    public var cancelRequested: Bool
    /// How many of its edges are still open.
    public var openEdges: Int
    public var enqueuedAt: Timestamp
    /// When it is due, while it is scheduled.
    public var dueAt: Timestamp?
    /// When it last became ready.
    public var readyAt: Timestamp?
    public var expiresAt: Timestamp?
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// nil where it is no longer kept.
    public var payload: Payload?
    public var headers: [String: String]
    public var enqueuedBy: String
    public var output: Data?
    public var failure: FailureRecord?

    public init(
        id: JobID,
        kind: String,
        queue: String,
        state: JobState,
        priority: Int32 = 0,
        attempt: Int = 0,
        failures: Int = 0,
        crashes: Int = 0,
        claims: Int = 0,
        graph: JobID? = nil,
        token: LeaseToken? = nil,
        worker: WorkerID? = nil,
        cancelRequested: Bool = false,
        openEdges: Int = 0,
        enqueuedAt: Timestamp,
        dueAt: Timestamp? = nil,
        readyAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil,
        startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil,
        payload: Payload? = nil,
        headers: [String: String] = [:],
        enqueuedBy: String = "",
        output: Data? = nil,
        failure: FailureRecord? = nil
    ) {
        self.id = id
        self.kind = kind
        self.queue = queue
        self.state = state
        self.priority = priority
        self.attempt = attempt
        self.failures = failures
        self.crashes = crashes
        self.claims = claims
        self.graph = graph
        self.token = token
        self.worker = worker
        self.cancelRequested = cancelRequested
        self.openEdges = openEdges
        self.enqueuedAt = enqueuedAt
        self.dueAt = dueAt
        self.readyAt = readyAt
        self.expiresAt = expiresAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.payload = payload
        self.headers = headers
        self.enqueuedBy = enqueuedBy
        self.output = output
        self.failure = failure
    }
}

/// One attempt that did not succeed.
public struct AttemptRecord: Sendable, Equatable, Codable {
    /// Its number, from 1.
    public var attempt: Int
    public var failure: FailureRecord
    public var worker: WorkerID?
    public var startedAt: Timestamp?
    public var endedAt: Timestamp

    public init(
        attempt: Int,
        failure: FailureRecord,
        worker: WorkerID? = nil,
        startedAt: Timestamp? = nil,
        endedAt: Timestamp
    ) {
        self.attempt = attempt
        self.failure = failure
        self.worker = worker
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// Which jobs to list.
public struct JobQuery: Sendable, Equatable {
    public var queue: String?
    public var kind: String?
    public var graph: JobID?
    /// Jobs in one of these states; empty: in any.
    public var states: Set<JobState>
    /// Only jobs whose id is greater: the last one of the page before.
    public var after: JobID?
    public var limit: Int

    public init(
        queue: String? = nil,
        kind: String? = nil,
        graph: JobID? = nil,
        states: Set<JobState> = [],
        after: JobID? = nil,
        limit: Int = 100
    ) {
        self.queue = queue
        self.kind = kind
        self.graph = graph
        self.states = states
        self.after = after
        self.limit = limit
    }
}

/// How many jobs of one queue and kind stand in each state.
public struct LaneCounts: Sendable, Equatable {
    public var queue: String
    public var kind: String
    public var byState: [JobState: Int]
    /// When the oldest ready job became ready.
    public var oldestReadyAt: Timestamp?
    public var isPaused: Bool

    public init(
        queue: String,
        kind: String,
        byState: [JobState: Int],
        oldestReadyAt: Timestamp? = nil,
        isPaused: Bool = false
    ) {
        self.queue = queue
        self.kind = kind
        self.byState = byState
        self.oldestReadyAt = oldestReadyAt
        self.isPaused = isPaused
    }
}
