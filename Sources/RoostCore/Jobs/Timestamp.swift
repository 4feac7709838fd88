#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A moment in a store's time: whole microseconds since 1970-01-01 00:00 UTC.
///
/// Stores order and compare moments, and a lease is decided by one comparison, so they are integers:
/// a `Date` is a floating-point number that loses a microsecond here and there. Arithmetic saturates at the
/// ends of the range instead of trapping, since a duration may come from a user.
public struct Timestamp: Hashable, Comparable, Sendable, Codable {
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The moment nearest to `date`, within the range of `Timestamp`.
    public init(_ date: Date) {
        self.microseconds = Int64(clamping: (date.timeIntervalSince1970 * 1_000_000).rounded())
    }

    public var date: Date {
        Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }

    public static let distantPast = Timestamp(microseconds: .min)
    public static let distantFuture = Timestamp(microseconds: .max)

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    public static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds.addingClamped(duration.wholeMicroseconds))
    }

    public static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds.subtractingClamped(duration.wholeMicroseconds))
    }

    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds.subtractingClamped(right.microseconds))
    }
}

extension Timestamp: CustomStringConvertible {
    /// The moment in ISO 8601, in UTC, with milliseconds: `2026-11-23T17:09:00.123Z`.
    public var description: String {
        // The format cuts off what is less than a millisecond, and a date lies a little beside the moment: the middle of
        // the millisecond is cut to the right one.
        let rest = microseconds % 1000
        let start = microseconds.subtractingClamped(rest < 0 ? rest + 1000 : rest)
        let middle = Timestamp(microseconds: start.addingClamped(500))
        return middle.date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension Int64 {
    /// `value` rounded towards zero, held within the range; a NaN is 0.
    init(clamping value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= 9.2e18 {
            self = .max
        } else if value <= -9.2e18 {
            self = .min
        } else {
            self = Int64(value)
        }
    }

    func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }

    func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
