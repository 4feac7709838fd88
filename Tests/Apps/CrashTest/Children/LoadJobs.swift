import RoostCore
import RoostTesting
import Synchronization

/// The jobs of the load. Each tells the witness when its body begins, when what it is for is done, and when it ends.
enum LoadJobs {
    static var all: [any Job.Type] {
        [
            Plain.self, Flaky.self, Broken.self, Slow.self, Add.self, Gather.self, Report.self, Alert.self, Parent.self,
            Trap.self, Hog.self, Endless.self,
        ]
    }
}

/// Runs `body` as the effect of the job that runs here.
func witnessed<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
    guard let context = JobContext.current else { preconditionFailure("a job runs in a context") }
    let witness = Witness.current
    witness.body(.start, context)
    defer { witness.body(.end, context) }
    let value = try await body()
    witness.body(.effect, context)
    CrashPoint.current.reached("after-effect")
    return value
}

/// Takes so many microseconds.
struct Plain: Job {
    var number: Int
    var microseconds: Int = 0

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    func run() async throws -> Int {
        try await witnessed {
            if microseconds > 0 { try await Task.sleep(for: .microseconds(microseconds)) }
            return number
        }
    }
}

/// Fails so often, then succeeds.
struct Flaky: Job {
    var failures: Int

    static var options: JobOptions {
        JobOptions(
            retries: 20,
            backoff: .exponential(from: .milliseconds(20), cap: .milliseconds(300)),
            retention: Load.retention
        )
    }

    func run() async throws -> Int {
        try await witnessed {
            if let attempt = JobContext.current?.attempt, attempt <= failures { throw Defect() }
            return failures
        }
    }
}

/// Fails always.
struct Broken: Job {
    static var options: JobOptions {
        JobOptions(retries: 1, backoff: .constant(.milliseconds(30)), retention: Load.retention)
    }

    func run() async throws -> Int {
        try await witnessed { throw Defect() }
    }
}

struct Defect: Error {}

/// Takes a while, and heeds its cancel.
struct Slow: Job {
    var milliseconds: Int

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    func run() async throws {
        try await witnessed { try await Task.sleep(for: .milliseconds(milliseconds)) }
    }
}

struct Add: Job {
    var left: Int
    var right: Int

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    static func with(_ left: JobInput<Int>, _ right: Int) -> OpenJob<Add> {
        OpenJob([.init("left", left), .init("right", .value(right))])
    }

    func run() async throws -> Int {
        try await witnessed { left + right }
    }
}

/// The callback of a chord.
struct Gather: Job {
    var values: [Int]

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    static func with(_ values: JobInput<[Int]>) -> OpenJob<Gather> { OpenJob([.init("values", values)]) }

    func run() async throws -> Int {
        try await witnessed { values.reduce(0, +) }
    }
}

/// The callback of a chord whose members may fail.
struct Report: Job {
    var outcomes: [JobOutcome<Int>]

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    static func with(_ outcomes: JobInput<[JobOutcome<Int>]>) -> OpenJob<Report> {
        OpenJob([.init("outcomes", outcomes)])
    }

    func run() async throws -> Int {
        try await witnessed { outcomes.count }
    }
}

/// A failure handler.
struct Alert: Job {
    var failure: JobFailure

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    static func with(_ failure: JobInput<JobFailure>) -> OpenJob<Alert> { OpenJob([.init("failure", failure)]) }

    func run() async throws {
        try await witnessed {}
    }
}

/// Adds jobs: one with its success, one at once.
struct Parent: Job {
    var number: Int

    static var options: JobOptions { JobOptions(retention: Load.retention) }

    func run() async throws {
        try await witnessed {
            guard let context = JobContext.current else { return }
            try context.enqueueOnSuccess(Plain(number: number))
            if number.isMultiple(of: 2) { try await context.queue.enqueue(Plain(number: number + 1)) }
        }
    }
}

/// What holds for all jobs of the load.
enum Load {
    private static let milliseconds = Atomic<Int>(3_600_000)

    /// Longer than a run, so that every end is there to be judged; the soak has its jobs kept for a shorter time.
    static var retention: Duration {
        get { .milliseconds(milliseconds.load(ordering: .relaxed)) }
        set { milliseconds.store(Int(newValue / .milliseconds(1)), ordering: .relaxed) }
    }
}
