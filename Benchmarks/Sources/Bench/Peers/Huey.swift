import Foundation

/// Huey, measured by `Peers/huey/bench_huey.py` with the Python that it is installed for.
final class Huey {
    /// How a consumer is run.
    struct Setup: Sendable {
        /// The name of the store; for SQLite that means Python's own driver, and `cysqlite` the other one that Huey knows. For
        /// Postgres it means Huey's own storage, and `peewee` the other one.
        var driver: String
        var worker: String
        var workers: Int

        var name: String {
            let kind = workers == 1 ? worker : worker == "process" ? "processes" : "\(worker)s"
            return "\(workers) \(kind)\(["cysqlite", "peewee"].contains(driver) ? " and \(driver)" : "")"
        }
    }

    let python: String
    let script: String
    let version: String
    /// What was found to be best, for the report.
    private(set) var findings: [String] = []
    private var setups: [StoreKind: Setup] = [:]
    private var delays: [StoreKind: Double] = [:]

    /// nil where it is not installed.
    init?(python: String, script: String) {
        guard FileManager.default.isExecutableFile(atPath: python) else { return nil }
        guard let version = try? Huey.output(python, ["-c", Huey.versions]) else { return nil }
        self.python = python
        self.script = script
        self.version = version
    }

    private static let versions = """
        import huey, platform, psycopg, redis
        drivers = "with redis-py", redis.__version__, "and psycopg", psycopg.__version__
        print(huey.__version__, *drivers, "on Python", platform.python_version())
        """

    private static func output(_ executable: String, _ arguments: [String]) throws -> String {
        guard let line = try Child(executable, arguments).line(within: 30) else { throw Failure("no output") }
        return line
    }

    /// In a new place of its own.
    private func run(_ store: StoreKind, _ arguments: [String], plan: Plan) throws -> Figures {
        try plan.at(store, "huey") { place in
            let option: [String] =
                switch store {
                case .memory: []
                case .sqlite: ["--file", place.name]
                case .redis, .postgres: ["--url", place.name]
                }
            return try Child(python, [script] + arguments + option).result()
        }
    }

    /// - Parameter driver: for SQLite, another one than Python's own.
    func enqueue(_ store: StoreKind, driver: String? = nil, jobs: Int, plan: Plan) throws -> Figures {
        try run(store, ["enqueue", "--store", driver ?? store.rawValue, "--jobs", "\(jobs)"], plan: plan)
    }

    // MARK: Draining

    func drain(_ store: StoreKind, jobs: Int, plan: Plan) throws -> Figures {
        try drain(store, try setup(for: store, plan), jobs: jobs, plan: plan)
    }

    private func drain(_ store: StoreKind, _ setup: Setup, jobs: Int, plan: Plan) throws -> Figures {
        let arguments = [
            "drain", "--store", setup.driver, "--jobs", "\(jobs)", "--worker", setup.worker, "--workers",
            "\(setup.workers)",
        ]
        return try run(store, arguments, plan: plan)
    }

    /// The quickest of all ways to run its consumer: each is tried once. A quick run takes what was best before.
    private func setup(for store: StoreKind, _ plan: Plan) throws -> Setup {
        if let known = setups[store] { return known }
        let usual = [StoreKind.memory: 1, .sqlite: 4, .redis: 2, .postgres: 4]
        let kind = store == .postgres ? "process" : "thread"
        var best = Setup(driver: store.rawValue, worker: kind, workers: usual[store] ?? 1)
        if !plan.isQuick {
            var rates: [(setup: Setup, rate: Double)] = []
            for candidate in Self.candidates(for: store) {
                // One that does not run here is not the best.
                let jobs = store == .memory ? 10_000 : store == .redis ? 3000 : plan.commits(1000)
                guard let figures = try? drain(store, candidate, jobs: jobs, plan: plan) else { continue }
                rates.append((candidate, figures["jobs_per_second"] ?? 0))
            }
            // On Redis, whose server could serve any number of them, the bar is of one process; the others are told of.
            let judged = rates.filter { store != .redis || $0.setup.worker != "process" || $0.setup.workers == 1 }
            guard let first = judged.max(by: { $0.rate < $1.rate }) else { throw Failure("no setup of Huey ran") }
            best = first.setup
            let all = rates.map { "\($0.setup.name): \(grouped($0.rate))/s" }.joined(separator: "; ")
            findings.append("Huey drains \(store.rawValue) with \(best.name); tried: \(all)")
        }
        setups[store] = best
        return best
    }

    private static func candidates(for store: StoreKind) -> [Setup] {
        if store == .memory {
            // Worker processes cannot see the memory of the one that enqueues.
            return [("thread", 1), ("thread", 2), ("thread", 4), ("greenlet", 1)].map {
                Setup(driver: "memory", worker: $0.0, workers: $0.1)
            }
        }
        let ways = [
            ("thread", 1), ("thread", 2), ("thread", 4), ("thread", 8), ("process", 1), ("process", 2), ("process", 4),
            ("greenlet", 1),
        ]
        let others = [StoreKind.sqlite: ["cysqlite"], .postgres: ["peewee"]]
        return ([store.rawValue] + (others[store] ?? [])).flatMap { driver in
            ways.map { Setup(driver: driver, worker: $0.0, workers: $0.1) }
        }
    }

    // MARK: Latency

    /// - Parameter across: whether the consumer is another process.
    func latency(_ store: StoreKind, across: Bool, samples: Int, plan: Plan) throws -> Figures {
        try latency(store, across: across, samples: samples, delay: try delay(for: store, plan), plan: plan)
    }

    private func latency(
        _ store: StoreKind,
        across: Bool,
        samples: Int,
        delay: Double,
        plan: Plan
    ) throws -> Figures {
        let arguments = [
            across ? "across" : "latency", "--store", store.rawValue, "--jobs", "\(samples)", "--delay", "\(delay)",
        ]
        return try run(store, arguments, plan: plan)
    }

    /// The processor that a consumer takes at the delay that makes it quickest.
    func idle(_ store: StoreKind, seconds: Int, plan: Plan) throws -> Figures {
        let delay = try delay(for: store, plan)
        let arguments = ["idle", "--store", store.rawValue, "--seconds", "\(seconds)", "--delay", "\(delay)"]
        return try run(store, arguments, plan: plan)
    }

    /// Huey polls: the shorter its delay, the sooner a job starts, until the polling itself is in the way.
    private func delay(for store: StoreKind, _ plan: Plan) throws -> Double {
        if let known = delays[store] { return known }
        var best = 0.001
        // On Redis and Postgres it waits at the server.
        if !plan.isQuick && store != .redis && store != .postgres {
            var found: [(delay: Double, start: Double)] = []
            for delay in [0.01, 0.001, 0.0001] {
                let figures = try? latency(store, across: false, samples: 50, delay: delay, plan: plan)
                if let start = figures?["start_p50"] { found.append((delay, start)) }
            }
            guard let first = found.min(by: { $0.start < $1.start }) else { throw Failure("no delay of Huey ran") }
            best = first.delay
            let all = found.map { "-d \($0.delay): \(FigureUnit.seconds.text($0.start))" }.joined(separator: "; ")
            findings.append("Huey waits on \(store.rawValue) with -d \(best) and no backoff; tried, start p50: \(all)")
        }
        delays[store] = best
        return best
    }
}
