import ProcessSupport
import RoostTesting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Scenario {
    /// Where a process is killed, and what leads there.
    private struct Point {
        enum Way {
            /// Under the load.
            case worker
            /// While it is asked to stop, with jobs in its hands.
            case stoppingWorker
            /// While it takes over from another worker that was killed.
            case heir
            case producer(only: String)
        }

        var name: String
        var way: Way
        /// How often at most the place is passed before.
        var passes = 0
        /// Whether it lies in a transaction, before its commit.
        var isWithin = false
    }

    private static let places: [Point] = [
        Point(name: "claiming", way: .worker, passes: 3, isWithin: true),
        Point(name: "settling", way: .worker, passes: 20, isWithin: true),
        Point(name: "settling", way: .worker, passes: 150, isWithin: true),
        Point(name: "resolving", way: .worker, passes: 10, isWithin: true),
        Point(name: "extending", way: .worker, passes: 2, isWithin: true),
        // No passes before: a worker may hold one job alone, that has crashed before.
        Point(name: "reclaiming", way: .heir, isWithin: true),
        Point(name: "giving-back", way: .stoppingWorker, isWithin: true),
        Point(name: "retiring", way: .stoppingWorker, isWithin: true),
        Point(name: "enqueuing", way: .producer(only: "batch"), passes: 30, isWithin: true),
        Point(name: "enqueuing-graph", way: .producer(only: "chord"), passes: 15, isWithin: true),
        Point(name: "acting", way: .producer(only: "cancelledGraph"), isWithin: true),
        // Between the calls.
        Point(name: "after-claim", way: .worker, passes: 3),
        Point(name: "after-effect", way: .worker, passes: 20),
        Point(name: "before-settle", way: .worker, passes: 5),
        Point(name: "after-settle", way: .worker, passes: 5),
        Point(name: "before-give-back", way: .stoppingWorker),
        Point(name: "after-give-back", way: .stoppingWorker),
        Point(name: "before-retire", way: .stoppingWorker),
    ]

    static let points = Scenario(
        name: "points",
        summary:
            "processes are killed at chosen points: within each transaction before its commit, and between the calls"
    ) { driver in
        try await driver.store.prepare(journal: true, crashPoints: true)
        try driver.startAuditor()
        // One worker at a time, which soon dies: how long a job stands in line tells nothing.
        driver.checks.claimBound = nil
        let load = try driver.startProducer("--pause", "50")
        let rounds = driver.isShort ? 1 : 4
        var points = 0
        for _ in 0..<rounds {
            for point in places where !point.isWithin || driver.store.runsInItsClient {
                points += 1
                try await kill(at: point, driver)
            }
        }
        driver.note("\(points) points")
        try driver.ask(load)
        try await driver.ended(load)
        for _ in 0..<2 { try driver.start("worker") }
        try await driver.finish()
        try await driver.stopAll()
    }

    @MainActor private static func kill(at point: Point, _ driver: Driver) async throws {
        let passes = String(Int.random(in: 0...point.passes, using: &driver.random))
        let options = ["--crash-at", point.name, "--crash-after", passes, "--lease", "1200", "--grace", "100"]
        let victim: ChildProcess
        switch point.way {
        case .worker:
            victim = try driver.start("worker", options)
        case .stoppingWorker:
            try await driver.enqueueSlowJobs()
            victim = try driver.start("worker", options)
            try await driver.works(victim)
            try driver.ask(victim)
        case .heir:
            try await driver.enqueueSlowJobs()
            let first = try driver.start("worker", ["--lease", "1200"])
            try await driver.works(first)
            victim = try driver.start("worker", options)
            try await driver.works(victim)
            driver.kill(first)
        case .producer(let only):
            victim = try driver.startProducer(["--only", only] + options.prefix(4))
        }
        do {
            try await driver.ended(victim)
        } catch {
            throw Failure("the point '\(point.name)' was not reached: \(error)")
        }
        guard victim.status == .killed(SIGKILL) else {
            throw Failure("the point '\(point.name)' was not reached: \(victim.name) ended by itself")
        }
    }
}
