import Foundation

/// A job system on Postgres alone, measured by its script in `Peers/postgres`.
final class PostgresPeer {
    /// How it is run: options of its script.
    struct Setup: Sendable {
        var name: String
        var options: [String]
    }

    let peer: Peer
    let version: String
    private let python: String
    private let script: String
    /// What was found to be best, for the report.
    private(set) var findings: [String] = []
    private var known: Setup?

    /// nil where it is not installed.
    init?(_ peer: Peer, python: String, script: String) {
        guard FileManager.default.isExecutableFile(atPath: python),
            let line = try? Child(python, [script, "versions"]).line(within: 30)
        else { return nil }
        self.peer = peer
        self.python = python
        self.script = script
        self.version = line
    }

    private func run(_ way: String, jobs: Int, setup: Setup, plan: Plan) throws -> Figures {
        try plan.at(.postgres, "peer") { place in
            let arguments = [script, way, "--url", place.name, "--jobs", "\(jobs)"] + setup.options
            return try place.metered(jobs) { _ in try Child(python, arguments).result() }
        }
    }

    /// - Parameter many: 1,000 a call, and not one.
    func enqueue(many: Bool, jobs: Int, plan: Plan) throws -> Figures {
        try run(many ? "enqueue-many" : "enqueue", jobs: jobs, setup: try setup(plan), plan: plan)
    }

    func drain(plan: Plan) throws -> Figures {
        try run("drain", jobs: drained(plan), setup: try setup(plan), plan: plan)
    }

    /// How many jobs its drain takes: as many as take it some seconds.
    private func drained(_ plan: Plan) -> Int {
        peer == .pgqueuer ? plan.size(30_000, quick: 10_000) : plan.size(2000, quick: 500)
    }

    /// The quickest of all ways to run it: each is tried once. A quick run takes one that was good before.
    private func setup(_ plan: Plan) throws -> Setup {
        if let known { return known }
        let candidates = Self.candidates(for: peer)
        var best = candidates[0]
        if !plan.isQuick {
            var rates: [(setup: Setup, rate: Double)] = []
            for candidate in candidates {
                // One that does not run here is not the best.
                let figures = try? run("drain", jobs: drained(plan) / 3, setup: candidate, plan: plan)
                guard let rate = figures?["jobs_per_second"] else { continue }
                rates.append((candidate, rate))
            }
            guard let first = rates.max(by: { $0.rate < $1.rate }) else {
                throw Failure("no setup of \(peer.rawValue) ran")
            }
            best = first.setup
            let all = rates.map { "\($0.setup.name): \(grouped($0.rate))/s" }.joined(separator: "; ")
            findings.append("\(peer.rawValue) drains with \(best.name); tried: \(all)")
        }
        known = best
        return best
    }

    private static func candidates(for peer: Peer) -> [Setup] {
        guard peer == .pgqueuer else {
            return [10, 1, 4, 30].map { Setup(name: "\($0) at once", options: ["--concurrency", "\($0)"]) }
        }
        let drivers = [("asyncpg", 1), ("asyncpg", 2), ("asyncpg", 5), ("pool", 1), ("psycopg", 1)]
        return drivers.map { driver, consumers in
            let name =
                "\(driver == "pool" ? "a pool of asyncpg" : driver)\(consumers == 1 ? "" : ", \(consumers) managers")"
            return Setup(name: name, options: ["--driver", driver, "--consumers", "\(consumers)", "--batch", "100"])
        }
    }
}
