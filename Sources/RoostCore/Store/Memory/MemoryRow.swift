#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What never changes about a job: one object, so that a row that moves or is copied touches one counter.
final class JobFacts: Sendable {
    /// As it was enqueued, without its payload.
    let job: NewJob
    let enqueuedAt: Timestamp
    let expiresAt: Timestamp?

    init(_ job: NewJob, enqueuedAt: Timestamp) {
        var job = job
        job.payload = Payload(bytes: Data())
        self.job = job
        self.enqueuedAt = enqueuedAt
        self.expiresAt = StoreRules.expiresAt(job.expiry, enqueuedAt: enqueuedAt)
    }
}

/// A job as the memory store keeps it.
struct MemoryRow {
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Crashed too often: to be set aside by whoever claims it next.
        static let isPoison = Flags(rawValue: 1)
        /// Handed out to run alone.
        static let isSolo = Flags(rawValue: 2)
        static let cancelRequested = Flags(rawValue: 4)
        /// Some job waits for it.
        static let hasChildren = Flags(rawValue: 8)
        /// It is given what other jobs left behind.
        static let hasInputs = Flags(rawValue: 16)
        /// Its retention is over, but a job still needs its outcome.
        static let isSpared = Flags(rawValue: 32)
        static let isFree = Flags(rawValue: 64)
    }

    let id: JobID
    let facts: JobFacts
    /// Its number in the order of enqueueing: tells the tenants of one slot of the slab apart.
    let number: Int64
    let lane: Int
    var state: JobState
    var flags: Flags = []
    var attempt = 0
    var failures = 0
    var crashes = 0
    var claims = 0
    /// The token it runs under; 0: none.
    var token: Int64 = 0
    /// The token of the last settle that was applied; 0: none.
    var settledBy: Int64 = 0
    /// Its place in its lane, of all jobs that ever became ready.
    var position: Int64 = 0
    var openEdges = 0
    /// How many unfinished jobs need its outcome as an input.
    var neededBy = 0
    var due = Timestamp.distantPast
    var readyAt: Timestamp?
    var startedAt: Timestamp?
    var finishedAt: Timestamp?
    var pruneAt = Timestamp.distantFuture
    var payload: Payload?
    var output: Data?

    init(_ job: NewJob, number: Int64, lane: Int, state: JobState, now: Timestamp) {
        self.id = job.id
        self.facts = JobFacts(job, enqueuedAt: now)
        self.number = number
        self.lane = lane
        self.state = state
        self.payload = job.payload
    }

    /// Whether it runs alone from now on (rule 9).
    var runsSolo: Bool {
        !flags.contains(.isPoison) && StoreRules.runsSolo(crashes: crashes, maxCrashes: facts.job.maxCrashes)
    }
}

extension JobState {
    /// Its number, to count by.
    var ordinal: Int {
        switch self {
        case .scheduled: 0
        case .ready: 1
        case .held: 2
        case .running: 3
        case .waiting: 4
        case .succeeded: 5
        case .failed: 6
        case .cancelled: 7
        case .expired: 8
        case .skipped: 9
        }
    }
}
