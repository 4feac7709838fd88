import RoostCore

// The numbers by which the scripts know states, reasons and conditions. They are part of the model: never change one.

extension JobState {
    var code: UInt8 {
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

    init(code: UInt8) throws(StoreError) {
        guard code < Self.byCode.count else {
            throw StoreError(.corrupt, "Redis has a job in state \(code), which does not exist")
        }
        self = Self.byCode[Int(code)]
    }

    /// A set of states as bits.
    static func mask(_ states: Set<JobState>) -> UInt16 {
        states.reduce(0) { $0 | 1 << UInt16($1.code) }
    }
}

extension FailureReason {
    private static let byCode: [FailureReason] = [
        .error, .timeout, .cancelled, .crashed, .poison, .undecodable, .unencodable, .inputMissing, .retryRequested,
        .expired, .parentEnded, .revoked,
    ]

    /// nil: none.
    init?(code: UInt8) {
        guard code < Self.byCode.count else { return nil }
        self = Self.byCode[Int(code)]
    }

    var code: UInt8 { UInt8(Self.byCode.firstIndex(of: self) ?? 0) }
}

extension EdgeCondition {
    var code: UInt8 {
        switch self {
        case .success: 0
        case .failure: 1
        case .always: 2
        }
    }
}

extension ClaimedJob.Verdict {
    init(code: UInt8) throws(StoreError) {
        switch code {
        case 0: self = .run
        case 1: self = .expired
        case 2: self = .revoked
        case 3: self = .poison
        default: throw StoreError(.broken, "the claim script answered verdict \(code)")
        }
    }
}
