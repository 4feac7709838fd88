import RoostCore

/// A job's row as it lies in Redis, as far as the tests need it. The layout is written down here once more: the tests must not
/// take it from the code they test.
struct RedisRow {
    /// As stored: a job that runs is ready here.
    var state: JobState
    var lane: UInt32
    var enqueuedAt: Int64
    /// When it is due, or when it became ready.
    var time: Int64?
    var attempt = 0
    var crashes = 0
    /// Without the claim that holds it now.
    var claims = 0
    /// The claim that settled it last; 0: none.
    var settledBy: Int64 = 0
    var reason: String?
    var finishedAt: Int64?

    init(_ bytes: ArraySlice<UInt8>) throws {
        var reader = Bytes(bytes)
        let code = try reader.number(1)
        state = try Self.state(Int(code))
        try reader.skip(1)
        let has = try reader.number(2)
        lane = UInt32(try reader.number(4))
        try reader.skip(10)
        enqueuedAt = Int64(try reader.number(8))
        try reader.skip(10)
        // Rank, expiry, graph.
        for (bit, length) in [(1, 8), (2, 8), (4, 16)] where has & UInt64(bit) != 0 { try reader.skip(length) }
        if has & 8 != 0 {
            try reader.skip(10)
            try reader.skip(Int(try reader.number(4)))
        }
        if has & 16 != 0 { try reader.skip(9) }
        if has & 32 != 0 { time = Int64(bitPattern: try reader.number(8)) }
        if has & 64 != 0 {
            attempt = Int(try reader.number(4))
            try reader.skip(4)
            crashes = Int(try reader.number(4))
            claims = Int(try reader.number(4))
            try reader.skip(4)
            settledBy = Int64(try reader.number(8))
        }
        // Options, headers.
        for bit in [128, 256] where has & UInt64(bit) != 0 { try reader.skip(Int(try reader.number(4))) }
        if has & 512 != 0 { try reader.skip(5) }
        if has & 1024 != 0 { try reader.skip(Int(try reader.number(2))) }
        if has & 2048 != 0 { reason = Self.reason(try reader.bytes(Int(try reader.number(4)))) }
        if has & 16384 != 0 {
            var last = Bytes(bytes.suffix(8))
            finishedAt = Int64(try last.number(8))
        }
    }

    private static func reason(_ failure: ArraySlice<UInt8>) -> String {
        let reasons = [
            "error", "timeout", "cancelled", "crashed", "poison", "undecodable", "unencodable", "inputMissing",
            "retryRequested", "expired", "parentEnded", "revoked",
        ]
        switch failure.first {
        case UInt8(ascii: "J"):
            let code = Int(failure.dropFirst().first ?? 255)
            return reasons.indices.contains(code) ? reasons[code] : "\(code)"
        case UInt8(ascii: "P"): return "parentEnded"
        case UInt8(ascii: "C"): return "crashed"
        case UInt8(ascii: "E"): return "expired"
        default: return "error"
        }
    }

    static func state(_ code: Int) throws -> JobState {
        let states: [JobState] = [
            .scheduled, .ready, .held, .running, .waiting, .succeeded, .failed, .cancelled, .expired, .skipped,
        ]
        guard states.indices.contains(code) else { throw UnreadableStore(what: "a state \(code)") }
        return states[code]
    }
}

/// Big-endian numbers, one after the other.
struct Bytes {
    private(set) var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw UnreadableStore(what: "a value that is cut off") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) throws {
        _ = try bytes(count)
    }

    mutating func number(_ count: Int) throws -> UInt64 {
        try bytes(count).reduce(0) { $0 << 8 | UInt64($1) }
    }

    mutating func id() throws -> JobID {
        JobID(high: try number(8), low: try number(8))
    }

    mutating func time() throws -> Int64 {
        Int64(bitPattern: try number(8))
    }
}
