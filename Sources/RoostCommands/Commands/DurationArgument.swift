import ArgumentParser
import RoostCore

/// A length of time as it is written on a command line: `25`, `1.5`, `500ms`, `2m`, `1h`, `7d`.
struct DurationArgument: Sendable, Equatable {
    let duration: Duration

    /// - Throws: `ValidationError`, which says how it is written.
    init(_ text: String) throws {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text[number.endIndex...]
        guard let seconds = Self.seconds[String(unit)], let value = Double(number) else {
            throw ValidationError("a time is a number of seconds, or a number with a unit: 500ms, 25s, 2m, 1h, 7d")
        }
        guard value * seconds <= Self.longest else {
            throw ValidationError("it is longer than 100 years")
        }
        // Whole units stay whole.
        self.duration = Int64(number).map { .milliseconds($0 * Int64(seconds * 1000)) } ?? .seconds(value * seconds)
    }

    private static let seconds: [String: Double] = [
        "": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400,
    ]
    private static let longest = 36_500.0 * 86_400
}

extension Duration {
    /// The time in the largest unit that leaves it whole: `25s`, `1500ms`, `2m`.
    var argument: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        let units: [(Int64, String)] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")]
        for (unit, name) in units where milliseconds >= unit && milliseconds % unit == 0 {
            return "\(milliseconds / unit)\(name)"
        }
        return "\(milliseconds)ms"
    }

    /// About how long it is, for people: `42 seconds`, `3 hours`.
    var approximate: String {
        let seconds = components.seconds
        let units: [(Int64, String)] = [(86_400, "day"), (3600, "hour"), (60, "minute")]
        for (unit, name) in units where seconds >= 2 * unit {
            return "\(seconds / unit) \(name)s"
        }
        return seconds == 1 ? "1 second" : "\(seconds) seconds"
    }
}
