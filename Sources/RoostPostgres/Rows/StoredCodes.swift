import RoostCore

// The numbers by which the functions know states, conditions and verdicts. They are part of the schema: never change one.

extension JobState {
    var code: Int16 {
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

    private static let byCode: [JobState] = [
        .scheduled, .ready, .held, .running, .waiting, .succeeded, .failed, .cancelled, .expired, .skipped,
    ]

    init(code: Int64) throws(StoreError) {
        guard code >= 0, code < Self.byCode.count else {
            throw StoreError(.corrupt, "the database has a job in state \(code), which does not exist")
        }
        self = Self.byCode[Int(code)]
    }

    /// A set of states as bits.
    static func mask(_ states: Set<JobState>) -> Int32 {
        states.reduce(0) { $0 | 1 << Int32($1.code) }
    }
}

extension EdgeCondition {
    var code: Int {
        switch self {
        case .success: 0
        case .failure: 1
        case .always: 2
        }
    }
}

extension ClaimedJob.Verdict {
    init(code: Int16) throws(StoreError) {
        switch code {
        case 0: self = .run
        case 1: self = .expired
        case 2: self = .revoked
        case 3: self = .poison
        default: throw StoreError(.broken, "the database hands out a job with verdict \(code), which does not exist")
        }
    }
}

/// What a job's row says by single bits.
struct JobFlags: OptionSet {
    let rawValue: Int32

    /// It has edges whose values it is given.
    static let hasInputs = JobFlags(rawValue: 2)
}

/// Durations as the database keeps them.
enum StoredDuration {
    /// Longer than any option, and short enough that a moment can be added.
    static let forever: Int64 = 4_000_000_000_000_000_000

    static func microseconds(_ duration: Duration) -> Int64 {
        max(0, min(duration.wholeMicroseconds, forever))
    }
}

extension JobID {
    var words: (high: UInt64, low: UInt64) { (high, low) }

    init(_ words: (high: UInt64, low: UInt64)) {
        self.init(high: words.high, low: words.low)
    }
}
