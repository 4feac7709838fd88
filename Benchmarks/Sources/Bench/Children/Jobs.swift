import RoostCore
import Synchronization

/// Does nothing.
struct Noop: Job {
    func run() async throws {}
}

/// Takes a millisecond, and no processor.
struct Millisecond: Job {
    func run() async throws {
        try await Task.sleep(for: .milliseconds(1))
    }
}

/// Returns when it began.
struct Now: Job {
    func run() async throws -> Double { Clock.now }
}

/// Tells how long after a moment it began.
struct Stamped: Job {
    /// By ``Clock/now``.
    var moment: Double

    func run() async throws {
        let delay = Clock.now - moment
        Self.delays.withLock { $0.append(delay) }
    }

    /// Of all that ran in this process.
    static let delays = Mutex<[Double]>([])
}

/// A member of a chord.
struct Part: Job {
    var number: Int

    func run() async throws -> Int { number }
}

/// A chord's end.
struct Sum: Job {
    var parts: [Int]

    func run() async throws -> Int { parts.reduce(0, +) }
}

/// Has a payload of the length that its text makes.
struct Padded: Job {
    var text: String

    func run() async throws {}
}

/// All kinds, for workers.
let benchJobs: [any Job.Type] = [Noop.self, Millisecond.self, Now.self, Stamped.self, Part.self, Sum.self]
