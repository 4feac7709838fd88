#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Jobs and edges to store in one transaction.
public struct EnqueueBatch: Sendable, Equatable {
    public var jobs: [NewJob]
    public var edges: [NewEdge]

    public init(jobs: [NewJob], edges: [NewEdge] = []) {
        self.jobs = jobs
        self.edges = edges
    }
}

/// A job as it is handed to a store.
public struct NewJob: Sendable, Equatable {
    public var id: JobID
    public var kind: String
    public var queue: String
    public var priority: Int32
    /// The place among jobs of equal priority, before the order in which they became ready; 0 for all by default.
    public var rank: Int64
    public var start: JobOptions.Start
    public var expiry: JobOptions.Expiry?
    public var retention: Duration
    public var maxCrashes: Int
    public var unique: UniqueKey?
    /// The graph the job belongs to: the id of its first job.
    public var graph: JobID?
    public var payload: Payload
    /// What the worker must know to run it and the store need not, as JSON; nil: as its type says.
    public var options: Data?
    public var headers: [String: String]
    /// Who enqueued it: host and process.
    public var enqueuedBy: String

    public init(
        id: JobID = JobID(),
        kind: String,
        queue: String = "default",
        priority: Int32 = 0,
        rank: Int64 = 0,
        start: JobOptions.Start = .now,
        expiry: JobOptions.Expiry? = nil,
        retention: Duration = .days(1),
        maxCrashes: Int = 3,
        unique: UniqueKey? = nil,
        graph: JobID? = nil,
        payload: Payload = Payload(),
        options: Data? = nil,
        headers: [String: String] = [:],
        enqueuedBy: String = ""
    ) {
        self.id = id
        self.kind = kind
        self.queue = queue
        self.priority = priority
        self.rank = rank
        self.start = start
        self.expiry = expiry
        self.retention = retention
        self.maxCrashes = maxCrashes
        self.unique = unique
        self.graph = graph
        self.payload = payload
        self.options = options
        self.headers = headers
        self.enqueuedBy = enqueuedBy
    }
}

/// A job's arguments, and how to read them.
public struct Payload: Sendable, Equatable {
    /// How the bytes are encoded. 0: JSON.
    public var codec: UInt8
    /// The key they are encrypted with; 0: none.
    public var keyID: Int32
    public var bytes: Data

    public init(codec: UInt8 = 0, keyID: Int32 = 0, bytes: Data = Data("{}".utf8)) {
        self.codec = codec
        self.keyID = keyID
        self.bytes = bytes
    }
}

/// A key that one job holds.
public struct UniqueKey: Sendable, Equatable {
    /// The key, with the kind in it.
    public var key: String
    /// How long from its enqueue the holder counts; nil: without limit.
    public var period: Duration?
    /// The states in which the holder counts.
    public var states: Set<JobState>

    public init(key: String, period: Duration? = nil, states: Set<JobState> = JobState.unfinished) {
        self.key = key
        self.period = period
        self.states = states
    }
}

/// One job waits for another.
public struct NewEdge: Sendable, Equatable {
    public var parent: JobID
    public var child: JobID
    public var condition: EdgeCondition
    /// The edge's number among the child's, from 0; a child has no two edges of one number.
    public var position: Int32
    /// Whether the child is given what the parent left behind.
    public var carriesValue: Bool

    public init(
        parent: JobID,
        child: JobID,
        condition: EdgeCondition,
        position: Int32,
        carriesValue: Bool = false
    ) {
        self.parent = parent
        self.child = child
        self.condition = condition
        self.position = position
        self.carriesValue = carriesValue
    }
}

/// What end of its parent an edge needs.
public enum EdgeCondition: String, Sendable, Codable, CaseIterable {
    case success
    case failure
    case always

    /// Whether a parent that ended in `state` meets the edge.
    public func isMet(by state: JobState) -> Bool {
        switch self {
        case .success: state == .succeeded
        case .failure: state == .failed || state == .expired
        case .always: state.isFinished
        }
    }
}

/// What became of each job of a batch, in its order.
public struct EnqueueAnswer: Sendable, Equatable {
    public enum Item: Sendable, Equatable {
        /// It is in the store, from now or from before.
        case stored
        /// Another job holds its unique key; it was not stored.
        case duplicate(of: JobID)
    }

    public var items: [Item]
    /// What changed beside: jobs that were skipped at once, since what they wait for has ended otherwise.
    public var changes: [JobChange]

    public init(items: [Item], changes: [JobChange] = []) {
        self.items = items
        self.changes = changes
    }
}
