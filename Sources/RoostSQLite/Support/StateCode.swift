import RoostCore

/// The numbers by which the database knows states. They are part of the schema: never change one.
extension JobState {
    var code: Int64 {
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

    init(code: Int64) throws {
        switch code {
        case 0: self = .scheduled
        case 1: self = .ready
        case 2: self = .held
        case 3: self = .running
        case 4: self = .waiting
        case 5: self = .succeeded
        case 6: self = .failed
        case 7: self = .cancelled
        case 8: self = .expired
        case 9: self = .skipped
        default: throw StoreError(.corrupt, "the database has a job in state \(code), which does not exist")
        }
    }

    /// A set of states as bits.
    static func mask(_ states: Set<JobState>) -> Int64 {
        states.reduce(0) { $0 | 1 << $1.code }
    }

    static func states(mask: Int64) -> Set<JobState> {
        Set(allCases.filter { mask & 1 << $0.code != 0 })
    }
}

/// What a job's row says by single bits. Part of the schema.
struct JobFlags: OptionSet {
    var rawValue: Int64

    /// Other jobs wait for it.
    static let hasChildren = JobFlags(rawValue: 1)
    /// It has edges whose values it is given.
    static let hasInputs = JobFlags(rawValue: 2)
    /// It has rows in `roost_edge`.
    static let hasEdges = JobFlags(rawValue: 4)
    /// Its claim was one that handed it out alone.
    static let isSolo = JobFlags(rawValue: 8)
    /// It crashed too often.
    static let isPoison = JobFlags(rawValue: 16)
    /// It has rows in `roost_attempt`.
    static let hasAttempts = JobFlags(rawValue: 32)
}

extension EdgeCondition {
    var code: Int64 {
        switch self {
        case .success: 0
        case .failure: 1
        case .always: 2
        }
    }

    init(code: Int64) throws {
        switch code {
        case 0: self = .success
        case 1: self = .failure
        case 2: self = .always
        default: throw StoreError(.corrupt, "the database has an edge of condition \(code), which does not exist")
        }
    }
}
