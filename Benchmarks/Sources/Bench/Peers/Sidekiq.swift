import Foundation

/// Sidekiq, measured by `Peers/sidekiq/bench_sidekiq.rb` with the Ruby that it is installed for.
final class Sidekiq {
    /// How a process of it is run.
    struct Setup: Sendable {
        /// `ruby` is redis-rb's own driver, `hiredis` the one in C.
        var driver: String
        var concurrency: Int

        var name: String { "\(concurrency) threads\(driver == "ruby" ? "" : " and \(driver)")" }
    }

    let ruby: String
    let script: String
    /// `6.4.1 on Ruby 3.1.7`
    let version: String
    /// What was found to be best, for the report.
    private(set) var findings: [String] = []
    private var known: Setup?

    /// nil where it is not installed.
    init?(ruby: String, script: String) {
        guard let line = try? Child(ruby, [script, "versions"]).line(within: 30), line.hasPrefix("Sidekiq ") else {
            return nil
        }
        self.ruby = ruby
        self.script = script
        self.version = String(line.dropFirst("Sidekiq ".count))
    }

    private func run(_ arguments: String..., setup: Setup, plan: Plan) throws -> Figures {
        try plan.at(.redis, "sidekiq") { place in
            let options = [
                "--url", place.name, "--driver", setup.driver, "--concurrency", "\(setup.concurrency)",
            ]
            return try Child(ruby, [script] + arguments + options).result()
        }
    }

    /// - Parameter many: 1,000 a call, and not one.
    func enqueue(many: Bool, jobs: Int, plan: Plan) throws -> Figures {
        try run(many ? "enqueue-many" : "enqueue", "--jobs", "\(jobs)", setup: try setup(plan), plan: plan)
    }

    func drain(jobs: Int, plan: Plan) throws -> Figures {
        try run("drain", "--jobs", "\(jobs)", setup: try setup(plan), plan: plan)
    }

    /// - Parameter across: whether the worker is another process.
    func latency(across: Bool, samples: Int, plan: Plan) throws -> Figures {
        try run(across ? "across" : "latency", "--jobs", "\(samples)", setup: try setup(plan), plan: plan)
    }

    func idle(seconds: Int, plan: Plan) throws -> Figures {
        try run("idle", "--seconds", "\(seconds)", setup: try setup(plan), plan: plan)
    }

    /// The quickest of all ways to run it: each is tried once. A quick run takes one that was good before.
    private func setup(_ plan: Plan) throws -> Setup {
        if let known { return known }
        var best = Setup(driver: "ruby", concurrency: 5)
        if !plan.isQuick {
            var rates: [(setup: Setup, rate: Double)] = []
            for candidate in ["ruby", "hiredis"].flatMap({ driver in
                [2, 5, 10, 25].map { Setup(driver: driver, concurrency: $0) }
            }) {
                // One that does not run here is not the best.
                let figures = try? run("drain", "--jobs", "10000", setup: candidate, plan: plan)
                guard let rate = figures?["jobs_per_second"] else { continue }
                rates.append((candidate, rate))
            }
            guard let first = rates.max(by: { $0.rate < $1.rate }) else { throw Failure("no setup of Sidekiq ran") }
            best = first.setup
            let all = rates.map { "\($0.setup.name): \(grouped($0.rate))/s" }.joined(separator: "; ")
            findings.append("Sidekiq drains with \(best.name); tried: \(all)")
        }
        known = best
        return best
    }
}
