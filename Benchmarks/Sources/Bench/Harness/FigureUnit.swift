#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a figure counts, and how it is written.
enum FigureUnit: String, Codable, Sendable {
    case perSecond
    case seconds
    case microsecondsPerJob
    case perJob
    case percent
    case megabytes
    case bytes
    case times

    /// Whether more is better.
    var isMoreBetter: Bool { self == .perSecond }

    func text(_ value: Double) -> String {
        switch self {
        case .perSecond: "\(grouped(value))/s"
        // A job may begin before the call that enqueued it returns.
        case .seconds: value < 1e-6 ? "< 0.001 ms" : value < 1 ? "\(short(value * 1000)) ms" : "\(short(value)) s"
        case .microsecondsPerJob: "\(short(value * 1_000_000)) µs"
        case .perJob: short(value)
        case .percent: "\(short(value * 100)) %"
        case .megabytes: "\(short(value)) MB"
        case .bytes: "\(fixed(value, 0)) bytes"
        case .times: "\(short(value)) ×"
        }
    }

    func text(_ spread: Spread) -> String {
        guard spread.rounds > 1 else { return text(spread.median) }
        return "\(text(spread.median)) [\(bare(spread.lowest))–\(bare(spread.highest))]"
    }

    /// The value without its unit, where that stands beside it already.
    private func bare(_ value: Double) -> String {
        switch self {
        case .perSecond: grouped(value)
        case .seconds: text(value)
        case .microsecondsPerJob: short(value * 1_000_000)
        case .percent: short(value * 100)
        case .bytes: fixed(value, 0)
        case .perJob, .megabytes, .times: short(value)
        }
    }
}

/// Three figures that count: 0.0123, 1.23, 12.3, 123, 1,230.
func short(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let magnitude = abs(value)
    if magnitude >= 1000 { return grouped(value) }
    let places = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : 3
    return fixed(value, places)
}

/// With `places` digits behind the point.
func fixed(_ value: Double, _ places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let rounded = (value * scale).rounded()
    guard places > 0, abs(rounded) < 1e15 else { return "\(Int64(rounded))" }
    let whole = Int64(abs(rounded))
    let digits = String(whole % Int64(scale))
    let fraction = String(repeating: "0", count: places - digits.count) + digits
    return "\(rounded < 0 ? "-" : "")\(whole / Int64(scale)).\(fraction)"
}

/// A whole number with commas.
func grouped(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    var digits = String(abs(Int64(value.rounded())))
    var parts: [String] = []
    while digits.count > 3 {
        parts.insert(String(digits.suffix(3)), at: 0)
        digits.removeLast(3)
    }
    parts.insert(digits, at: 0)
    return (value < 0 ? "-" : "") + parts.joined(separator: ",")
}
