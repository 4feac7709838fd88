#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The number of one claim call, and the right to the jobs it handed out. Rises; never used twice in a store.
public struct LeaseToken: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public let number: Int64

    public init(_ number: Int64) {
        self.number = number
    }

    public static func < (left: LeaseToken, right: LeaseToken) -> Bool { left.number < right.number }
    public var description: String { "\(number)" }
}

/// Which jobs a worker asks for.
public struct ClaimRequest: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        /// The lanes of these queues, in the order to serve them, and these kinds.
        case lanes(queues: [String], kinds: [String])
        /// Any lane, but only jobs that will not run: expired, revoked or poison. For lanes that nobody serves.
        case endedOnly
    }

    public var source: Source
    /// The most jobs to hand out.
    public var limit: Int
    /// How long the right to them lasts, unless it is extended.
    public var lease: Duration
    /// Whether a job that must run alone may be handed out.
    public var allowsSolo: Bool

    public init(
        queues: [String] = ["default"],
        kinds: [String],
        limit: Int,
        lease: Duration = .seconds(30),
        allowsSolo: Bool = true
    ) {
        self.source = .lanes(queues: queues, kinds: kinds)
        self.limit = limit
        self.lease = lease
        self.allowsSolo = allowsSolo
    }

    public init(endedOnly limit: Int, lease: Duration = .seconds(30)) {
        self.source = .endedOnly
        self.limit = limit
        self.lease = lease
        self.allowsSolo = true
    }
}

/// Jobs that a worker may run until the lease ends.
public struct Claim: Sendable, Equatable {
    /// nil where nothing was claimed.
    public var token: LeaseToken?
    /// In the order to run them. One that is solo comes alone.
    public var jobs: [ClaimedJob]
    /// How long until the next scheduled job becomes ready, of any lane; nil: there is none.
    public var nextDue: Duration?
    /// Whether the store handed out fewer than it could, so as not to keep others waiting: ask again at once.
    public var isCut: Bool
    /// Whether the last claim before this one that brought jobs was another worker's. A worker that is not the only one has
    /// fewer and larger exchanges; told by stores that let it have several at once (``JobStore/exchangesAtOnce``).
    public var followsOther: Bool

    public init(
        token: LeaseToken? = nil,
        jobs: [ClaimedJob] = [],
        nextDue: Duration? = nil,
        isCut: Bool = false,
        followsOther: Bool = false
    ) {
        self.token = token
        self.jobs = jobs
        self.nextDue = nextDue
        self.isCut = isCut
        self.followsOther = followsOther
    }
}

/// A job in the hands of a worker.
public struct ClaimedJob: Sendable, Equatable {
    /// What to do with it.
    public enum Verdict: String, Sendable, Codable {
        case run
        /// Its expiry has passed: settle it as expired.
        case expired
        /// It was revoked: settle it as cancelled.
        case revoked
        /// It crashed too often: settle it as failed.
        case poison
        /// Its row cannot be read, so that it cannot run: settle it as failed. It must not hold up the others (invariant 11).
        case unreadable
    }

    public var id: JobID
    public var token: LeaseToken
    public var verdict: Verdict
    public var kind: String
    public var queue: String
    public var priority: Int32
    /// How many of its ends were charged so far.
    public var attempt: Int
    /// How many of those used up a retry.
    public var failures: Int
    /// How many of those were crashes.
    public var crashes: Int
    /// How often it was claimed, this claim included.
    public var claims: Int
    /// Whether it must be the only job that runs in the process.
    public var isSolo: Bool
    /// Whether ``JobStore/inputs(of:from:limit:)`` has values for it.
    public var hasInputs: Bool
    public var graph: JobID?
    public var payload: Payload
    public var options: Data?
    public var headers: [String: String]
    public var enqueuedAt: Timestamp
    public var readyAt: Timestamp
    public var expiresAt: Timestamp?

    public init(
        id: JobID,
        token: LeaseToken,
        verdict: Verdict = .run,
        kind: String,
        queue: String,
        priority: Int32 = 0,
        attempt: Int = 0,
        failures: Int = 0,
        crashes: Int = 0,
        claims: Int = 1,
        isSolo: Bool = false,
        hasInputs: Bool = false,
        graph: JobID? = nil,
        payload: Payload = Payload(),
        options: Data? = nil,
        headers: [String: String] = [:],
        enqueuedAt: Timestamp,
        readyAt: Timestamp,
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.token = token
        self.verdict = verdict
        self.kind = kind
        self.queue = queue
        self.priority = priority
        self.attempt = attempt
        self.failures = failures
        self.crashes = crashes
        self.claims = claims
        self.isSolo = isSolo
        self.hasInputs = hasInputs
        self.graph = graph
        self.payload = payload
        self.options = options
        self.headers = headers
        self.enqueuedAt = enqueuedAt
        self.readyAt = readyAt
        self.expiresAt = expiresAt
    }
}

/// What became of leases that a worker wished to keep.
public struct LeaseExtension: Sendable, Equatable {
    /// Leases that ended, or were taken back: what the worker does under them counts for nothing.
    public var lost: [LeaseToken]
    /// Jobs under the worker's leases that somebody asked to cancel.
    public var cancelled: [JobID]

    public init(lost: [LeaseToken] = [], cancelled: [JobID] = []) {
        self.lost = lost
        self.cancelled = cancelled
    }
}

/// What one parent left behind for a child.
public struct JobInputRecord: Sendable, Equatable {
    public var position: Int32
    public var parent: JobID
    /// nil where the parent is no longer known.
    public var outcome: StoredOutcome?

    public init(position: Int32, parent: JobID, outcome: StoredOutcome?) {
        self.position = position
        self.parent = parent
        self.outcome = outcome
    }
}
