import Synchronization

/// The identity of one job, made by the client before the job is sent: a UUID of version 7 (RFC 9562).
///
/// Since the client knows the id, an enqueue whose reply was lost can be sent again without a second job; since
/// the id begins with the time, a store's index grows at its end.
public struct JobID: Hashable, Sendable {
    /// The first eight bytes, most significant first.
    public let high: UInt64
    /// The last eight bytes, most significant first.
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new id, later than every id this process made before.
    public init() {
        self = JobIDGenerator.shared.next()
    }

    /// The sixteen bytes, most significant first, as stores keep them.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        self.low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    public var bytes: [UInt8] {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
    }
}

extension JobID: Comparable {
    public static func < (left: JobID, right: JobID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

extension JobID: LosslessStringConvertible {
    /// Reads the usual form with hyphens, in either case; the hyphens may be left out.
    public init?(_ description: String) {
        var digits: [UInt64] = []
        let hasHyphens = description.utf8.count == 36
        for (index, byte) in description.utf8.enumerated() {
            if hasHyphens, index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            digits.append(UInt64(digit))
        }
        guard digits.count == 32 else { return nil }
        self.high = digits.prefix(16).reduce(0) { $0 << 4 | $1 }
        self.low = digits.suffix(16).reduce(0) { $0 << 4 | $1 }
    }

    /// `019ab3c4-5d6e-7f80-9a1b-2c3d4e5f6071`
    public var description: String {
        var text = ""
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append("-") }
            text.append(Self.digits[Int(byte >> 4)])
            text.append(Self.digits[Int(byte & 15)])
        }
        return text
    }

    private static let digits = Array("0123456789abcdef")
}

extension JobID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = JobID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a job id")
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Makes job ids that rise within a process: 48 bits of milliseconds, a 12-bit count, 62 random bits.
///
/// RFC 9562 §6.2, method 1 (a counter in `rand_a`): within one millisecond the count rises, and when it overflows
/// the id's clock runs ahead of the real one by a millisecond.
public final class JobIDGenerator: Sendable {
    public static let shared = JobIDGenerator()

    private struct State {
        var time: UInt64 = 0
        var count: UInt64 = 0
    }

    private let state = Mutex(State())
    private let milliseconds: @Sendable () -> UInt64
    private let random: @Sendable () -> UInt64

    /// - Parameters:
    ///   - milliseconds: the wall clock, since 1970.
    ///   - random: words of 64 random bits; nil: the system's.
    public init(
        milliseconds: @escaping @Sendable () -> UInt64 = { UInt64(max(SystemTimeSource().now.microseconds, 0) / 1000) },
        random: (@Sendable () -> UInt64)? = nil
    ) {
        self.milliseconds = milliseconds
        self.random = random ?? RandomWords().next
    }

    public func next() -> JobID {
        let time = milliseconds()
        let random = random()
        return state.withLock { state in
            if time > state.time {
                state = State(time: time)
            } else {
                state.count += 1
                if state.count == 1 << 12 { state = State(time: state.time + 1) }
            }
            return JobID(
                high: (state.time & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | state.count,
                low: 0x8000_0000_0000_0000 | random >> 2
            )
        }
    }
}
