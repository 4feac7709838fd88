/// What was measured at one moment of a soak.
struct SoakSample {
    /// Seconds since the beginning.
    var second: Double
    /// Of the worker that lives all along.
    var memory: Double
    var descriptors: Double
    var threads: Double
    var database: Double
    var wal: Double
    var jobsASecond: Double

    static let header = "second,memory_bytes,descriptors,threads,database_bytes,wal_bytes,jobs_a_second"

    /// For whoever watches.
    var words: String {
        let measures = SoakSeries.all.map { "\($0.name) \($0.text($0.value(self)))" }
        return "after \(Int(second)) s: \(measures.joined(separator: ", "))"
    }

    var line: String {
        let numbers = [memory, descriptors, threads, database, wal, jobsASecond].map { String(Int($0.rounded())) }
        return ([String(Int(second.rounded()))] + numbers).joined(separator: ",")
    }
}

/// One of the measures, and how flat it must stay.
struct SoakSeries {
    var name: String
    var unit: String
    /// What one of its units is in the sample's numbers.
    var scale: Double
    var value: @Sendable (SoakSample) -> Double
    /// How much larger the last quarter's median may be than the second's, as a part of it, and beyond that.
    var tolerance: Double
    var slack: Double
    /// Whether it must not fall, rather than rise.
    var mustNotFall = false

    static let all: [SoakSeries] = [
        SoakSeries(
            name: "memory of the worker",
            unit: "MB",
            scale: 1e6,
            value: { $0.memory },
            tolerance: 0.1,
            slack: 3e6
        ),
        SoakSeries(
            name: "database",
            unit: "MB",
            scale: 1e6,
            value: { $0.database },
            tolerance: 0.15,
            slack: 0.5e6
        ),
        SoakSeries(name: "WAL", unit: "MB", scale: 1e6, value: { $0.wal }, tolerance: 0.25, slack: 2e6),
        SoakSeries(
            name: "file descriptors",
            unit: "",
            scale: 1,
            value: { $0.descriptors },
            tolerance: 0,
            slack: 3
        ),
        SoakSeries(name: "threads", unit: "", scale: 1, value: { $0.threads }, tolerance: 0, slack: 6),
        SoakSeries(
            name: "jobs a second",
            unit: "",
            scale: 1,
            value: { $0.jobsASecond },
            tolerance: 0.35,
            slack: 0,
            mustNotFall: true
        ),
    ]

    /// Compares the medians of the second and the last quarter: the first is for warming up.
    ///
    /// - Returns: what is wrong; nil: it is flat.
    func judge(_ samples: [SoakSample]) -> String? {
        let quarter = samples.count / 4
        guard quarter > 0 else { return "\(name): too few samples to tell" }
        let early = Self.median(samples[quarter..<(2 * quarter)].map(value))
        let late = Self.median(samples[(samples.count - quarter)...].map(value))
        let isFlat =
            mustNotFall ? late >= early * (1 - tolerance) - slack : late <= early * (1 + tolerance) + slack
        if isFlat { return nil }
        return "\(name) is not flat: \(text(early)) in the second quarter, \(text(late)) in the last"
    }

    func text(_ value: Double) -> String {
        let scaled = (value / scale * 10).rounded() / 10
        return unit.isEmpty ? "\(scaled)" : "\(scaled) \(unit)"
    }

    static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
