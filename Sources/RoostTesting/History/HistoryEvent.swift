public import RoostCore

/// One thing that happened, as somebody other than the code under test tells it.
///
/// The journal of a database (triggers, or a script's log) tells of transitions, leases, workers and actions; clients
/// tell of their calls, of the bodies of their jobs, and of what they were told; whoever kills and freezes processes tells of
/// that; an auditor tells of what its queries found. Times are microseconds of the store's uptime (``TimeSource/uptime``),
/// which all processes of a machine share.
public enum HistoryEvent: Sendable, Equatable, Codable {
    // MARK: The store's journal

    case transition(Transition)
    case lease(LeaseChange)
    case worker(WorkerChange)
    case action(OperatorAction)

    // MARK: Clients

    case call(EnqueueCall)
    case reply(EnqueueReply)
    case body(BodyEvent)
    case observed(Observation)

    // MARK: Processes and the auditor

    case process(ProcessEvent)
    case finding(AuditFinding)
}

extension HistoryEvent {
    /// A job's row changed its state or its holder. The journal's numbers rise in the order of the commits, and within a
    /// transaction in that of the changes.
    public struct Transition: Sendable, Equatable, Codable {
        public var number: Int64
        public var at: Int64
        public var job: JobID
        public var kind: String
        /// nil: it was enqueued.
        public var from: JobState?
        /// nil: it was deleted, or pruned.
        public var to: JobState?
        /// The claim that held it before; 0: none.
        public var tokenBefore: Int64
        /// The claim that holds it now, or, of a job that ended, the one that ended it; 0: none.
        public var token: Int64
        public var claims: Int
        public var attempt: Int
        public var crashes: Int
        public var openEdges: Int

        public init(
            number: Int64,
            at: Int64,
            job: JobID,
            kind: String = "",
            from: JobState?,
            to: JobState?,
            tokenBefore: Int64 = 0,
            token: Int64 = 0,
            claims: Int = 0,
            attempt: Int = 0,
            crashes: Int = 0,
            openEdges: Int = 0
        ) {
            self.number = number
            self.at = at
            self.job = job
            self.kind = kind
            self.from = from
            self.to = to
            self.tokenBefore = tokenBefore
            self.token = token
            self.claims = claims
            self.attempt = attempt
            self.crashes = crashes
            self.openEdges = openEdges
        }
    }

    /// A lease was made, extended or ended.
    public struct LeaseChange: Sendable, Equatable, Codable {
        public enum Change: String, Sendable, Codable { case made, extended, ended }

        public var number: Int64
        public var at: Int64
        public var token: Int64
        public var worker: Int64
        public var change: Change
        /// When it ends, unless it is extended.
        public var until: Int64

        public init(number: Int64, at: Int64, token: Int64, worker: Int64, change: Change, until: Int64) {
            self.number = number
            self.at = at
            self.token = token
            self.worker = worker
            self.change = change
            self.until = until
        }
    }

    /// A worker was registered or forgotten.
    public struct WorkerChange: Sendable, Equatable, Codable {
        public enum Change: String, Sendable, Codable { case registered, forgotten }

        public var number: Int64
        public var at: Int64
        public var worker: Int64
        public var process: Int32
        public var change: Change

        public init(number: Int64, at: Int64, worker: Int64, process: Int32, change: Change) {
            self.number = number
            self.at = at
            self.worker = worker
            self.process = process
            self.change = change
        }
    }

    /// Somebody asked for something, and the store recorded it.
    public struct OperatorAction: Sendable, Equatable, Codable {
        public enum Kind: String, Sendable, Codable { case cancel, cancelGraph, retry, delete, other }

        public var number: Int64
        public var at: Int64
        public var kind: Kind
        public var job: JobID?

        public init(number: Int64, at: Int64, kind: Kind, job: JobID?) {
            self.number = number
            self.at = at
            self.kind = kind
            self.job = job
        }
    }

    /// A client is about to enqueue jobs in one call.
    public struct EnqueueCall: Sendable, Equatable, Codable {
        public struct Job: Sendable, Equatable, Codable {
            public var id: JobID
            public var kind: String
            /// Its unique key, held in every unfinished state.
            public var unique: String?

            public init(id: JobID, kind: String, unique: String? = nil) {
                self.id = id
                self.kind = kind
                self.unique = unique
            }
        }

        public struct Edge: Sendable, Equatable, Codable {
            public var parent: JobID
            public var child: JobID
            public var condition: EdgeCondition

            public init(parent: JobID, child: JobID, condition: EdgeCondition) {
                self.parent = parent
                self.child = child
                self.condition = condition
            }
        }

        /// Which client, and which of its calls.
        public var client: String
        public var call: Int
        public var at: Int64
        public var jobs: [Job]
        public var edges: [Edge]

        public init(client: String, call: Int, at: Int64, jobs: [Job], edges: [Edge] = []) {
            self.client = client
            self.call = call
            self.at = at
            self.jobs = jobs
            self.edges = edges
        }
    }

    /// What a client was told of its call. Where there is none, the client was killed, and the call's fate is unknown.
    public struct EnqueueReply: Sendable, Equatable, Codable {
        public enum Answer: String, Sendable, Codable {
            /// Stored, but for the jobs named as duplicates.
            case ok
            /// Certainly nothing was stored.
            case refused
            /// The call failed in a way that does not tell.
            case unknown
        }

        public var client: String
        public var call: Int
        public var at: Int64
        public var answer: Answer
        /// Jobs of the call that were not stored, since another holds their unique key, with that other.
        public var duplicates: [Duplicate]

        public struct Duplicate: Sendable, Equatable, Codable {
            public var job: JobID
            public var holder: JobID

            public init(job: JobID, holder: JobID) {
                self.job = job
                self.holder = holder
            }
        }

        public init(client: String, call: Int, at: Int64, answer: Answer, duplicates: [Duplicate] = []) {
            self.client = client
            self.call = call
            self.at = at
            self.answer = answer
            self.duplicates = duplicates
        }
    }

    /// A job's body, told by itself.
    public struct BodyEvent: Sendable, Equatable, Codable {
        public enum Phase: String, Sendable, Codable {
            case start
            /// What the job is for was done.
            case effect
            /// It is about to return or to throw.
            case end
        }

        public var at: Int64
        /// The process it runs in.
        public var process: Int32
        /// The store's number of the worker it runs in, where it is known: a process may have several.
        public var worker: Int64?
        public var job: JobID
        /// As the body sees it, from 1.
        public var attempt: Int
        public var phase: Phase

        public init(at: Int64, process: Int32, worker: Int64? = nil, job: JobID, attempt: Int, phase: Phase) {
            self.at = at
            self.process = process
            self.worker = worker
            self.job = job
            self.attempt = attempt
            self.phase = phase
        }
    }

    /// A client learnt how a job ended: a handle resolved, or an event was told.
    public struct Observation: Sendable, Equatable, Codable {
        public var at: Int64
        public var client: String
        public var job: JobID
        public var state: JobState

        public init(at: Int64, client: String, job: JobID, state: JobState) {
            self.at = at
            self.client = client
            self.job = job
            self.state = state
        }
    }

    /// What was done to a process, or what it did.
    public struct ProcessEvent: Sendable, Equatable, Codable {
        public enum Change: String, Sendable, Codable {
            case started
            /// It died: by a signal, a trap, or for want of memory.
            case died
            /// SIGSTOP.
            case frozen
            /// SIGCONT.
            case woken
            /// It was asked for a graceful stop.
            case asked
            /// It ended by itself, with status 0.
            case stopped
        }

        public var at: Int64
        public var process: Int32
        public var change: Change

        public init(at: Int64, process: Int32, change: Change) {
            self.at = at
            self.process = process
            self.change = change
        }
    }

    /// A query that must answer nothing answered something.
    public struct AuditFinding: Sendable, Equatable, Codable {
        public var at: Int64
        public var query: String
        public var row: String

        public init(at: Int64, query: String, row: String) {
            self.at = at
            self.query = query
            self.row = row
        }
    }
}
