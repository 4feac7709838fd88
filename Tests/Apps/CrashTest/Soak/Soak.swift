import Foundation
import ProcessSupport
import RoostCore

/// A constant load with kills, for as long as one likes: what must not grow is measured all along.
@MainActor enum Soak {
    private static let interval: Duration = .seconds(5)

    /// - Returns: whether all stayed flat, and nothing was wrong.
    static func run(_ arguments: Arguments) async throws -> Bool {
        try arguments.checkKeys(["minutes", "seed", "output"])
        let minutes = max(1, try arguments.number("minutes", default: 30))
        let seed = try arguments.seed() ?? UInt64.random(in: 0..<1_000_000_000)
        let output = arguments.text("output") ?? "\(NSTemporaryDirectory())roost-soak-\(System.process)"
        System.say("seed \(seed); the measures go to \(output)/soak.csv and soak.svg")
        // What one that failed has left.
        try? FileManager.default.removeItem(atPath: "\(output)/run")
        let driver = try await Driver(
            .sqlite,
            name: "soak",
            seed: seed,
            isShort: false,
            folder: "\(output)/run"
        )
        let title = "Roost, \(minutes) minutes of constant load with kills, seed \(seed)"
        var samples: [SoakSample] = []
        var problems: [String] = []
        do {
            try await soak(driver, minutes) { sample in
                samples.append(sample)
                // Each time anew, so that one can look while it runs.
                try write(samples, title, to: output)
                if samples.count.isMultiple(of: 12) { System.say(sample.words) }
            }
        } catch {
            problems.append("\(error)")
        }
        driver.killAll()
        problems += try driver.findings().map { "the auditor found: \($0)" }
        problems += try driver.store.audit().map { "at the end: \($0.query): \($0.row)" }
        problems += SoakSeries.all.compactMap { $0.judge(samples) }
        let verdict = problems.isEmpty ? "ok" : "FAILED"
        System.say("\(verdict) soak (\(minutes) min): \(driver.notes.joined(separator: ", "))")
        for problem in problems.prefix(20) { System.say("  \(problem)") }
        if problems.isEmpty {
            try? FileManager.default.removeItem(atPath: driver.folder)
        } else {
            System.say("what is known of it is kept in \(driver.folder)")
            System.say("again: scripts/soak --minutes \(minutes) --seed \(seed)")
        }
        return problems.isEmpty
    }

    private static func soak(
        _ driver: Driver,
        _ minutes: Int,
        _ keep: (SoakSample) throws -> Void
    ) async throws {
        // No journal: it would be what grows.
        try await driver.store.prepare(journal: false, crashPoints: false)
        try driver.startAuditor()
        let short = ["--retention", "5000", "--quiet"]
        let worker = try driver.start("worker", short)
        var victims: [ChildProcess] = []
        let start = ContinuousClock.now
        let end = start + .seconds(60 * minutes)
        var nextSample = start + interval
        var nextKill = start
        var succeeded = 0
        var lastSecond = 0.0
        var kills = 0
        while ContinuousClock.now < end {
            victims.removeAll(where: \.isOver)
            if worker.isOver {
                throw Failure("the worker that was to live is over: see \(driver.logPath(of: worker.name))")
            }
            while victims.count < 3 {
                let isProducer = !victims.contains { $0.name.hasPrefix("producer") }
                victims.append(
                    isProducer
                        ? try driver.startProducer(short + ["--soak", "--pause", "10"])
                        : try driver.start("worker", short)
                )
            }
            try await driver.pause(.milliseconds(100))
            if ContinuousClock.now >= nextKill {
                nextKill = ContinuousClock.now + driver.random.milliseconds(1000...5000)
                if let victim = victims.randomElement(using: &driver.random), !victim.isOver {
                    driver.kill(victim)
                    kills += 1
                }
            }
            if ContinuousClock.now >= nextSample {
                nextSample += interval
                let total = try driver.store.succeededSoFar()
                let seconds = (ContinuousClock.now - start) / .seconds(1)
                let rate = Double(total - succeeded) / (seconds - lastSecond)
                try keep(sample(driver, worker, seconds, rate: rate))
                (succeeded, lastSecond) = (total, seconds)
            }
        }
        driver.note("\(kills) kills")
        driver.note("\(succeeded) jobs succeeded")
        for victim in victims where victim.name.hasPrefix("producer") { try driver.ask(victim) }
        try await driver.finish()
        try await driver.stopAll()
    }

    private static func sample(_ driver: Driver, _ worker: ChildProcess, _ seconds: Double, rate: Double) -> SoakSample
    {
        let sizes = Dictionary(driver.store.sizes().map { ($0.name, Double($0.bytes)) }) { first, _ in first }
        return SoakSample(
            second: seconds,
            memory: Double(ProcessMeasures.memory(of: worker.number)),
            descriptors: Double(ProcessMeasures.entries("fd", of: worker.number)),
            threads: Double(ProcessMeasures.entries("task", of: worker.number)),
            database: sizes["database"] ?? 0,
            wal: sizes["wal"] ?? 0,
            jobsASecond: rate
        )
    }

    private static func write(_ samples: [SoakSample], _ title: String, to folder: String) throws {
        let lines = [SoakSample.header] + samples.map(\.line)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: "\(folder)/soak.csv"))
        try Data(SoakChart(samples: samples, title: title).svg.utf8)
            .write(to: URL(fileURLWithPath: "\(folder)/soak.svg"))
    }
}

/// What the kernel tells of a process, where it has `/proc`; 0 elsewhere.
enum ProcessMeasures {
    /// The bytes of memory it has in use (its resident set).
    static func memory(of process: Int32) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * System.pageSize
    }

    /// How many entries a folder of its own has: `fd`, `task`.
    static func entries(_ folder: String, of process: Int32) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/\(folder)").count) ?? 0
    }
}
