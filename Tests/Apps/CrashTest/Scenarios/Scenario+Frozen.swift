import ProcessSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Scenario {
    static let frozen = Scenario(
        name: "frozen",
        summary: "workers are frozen past their lease and woken: what they settle then must change nothing"
    ) { driver in
        try await driver.store.prepare(journal: true, crashPoints: true)
        try driver.startAuditor()
        let lease = ["--lease", "1500", "--patience", "1000"]
        let load = try driver.startProducer("--pause", "20", "--patience", "1000")
        let other = try driver.start("worker", lease)
        try await driver.works(other)
        var stale = 0
        // Frozen with ends in its hands that the store has not heard of: their leases end, and others run the jobs.
        for _ in 0..<(driver.isShort ? 1 : 4) { stale += try await zombie(driver, lease) }
        let blocker: ChildProcess
        if driver.store.runsInItsClient {
            // Frozen within its transaction, in its turn at the file: the others are busy until it is woken.
            blocker = try driver.start("worker", lease + ["--crash-at", "settling", "--crash-by", "freeze"])
            try await driver.wait(for: "a frozen \(blocker.name)") { blocker.status == .frozen }
            try await driver.pause(.milliseconds(2500))
            try driver.wake(blocker)
        } else {
            blocker = try driver.start("worker", lease)
        }
        // Frozen anywhere.
        for _ in 0..<(driver.isShort ? 2 : 10) {
            try await driver.pause(driver.random.milliseconds(200...600))
            guard let victim = [other, blocker].randomElement(using: &driver.random) else { continue }
            victim.send(SIGSTOP)
            try await driver.pause(driver.random.milliseconds(1000...3000))
            try driver.wake(victim)
        }
        driver.note("\(stale) late ends refused")
        try driver.ask(load)
        try await driver.ended(load)
        try await driver.finish()
        try await driver.stopAll()
    }

    /// Freezes a worker before a settle, until others have its jobs, and wakes it.
    ///
    /// - Returns: how many of its ends came late and were refused.
    @MainActor private static func zombie(_ driver: Driver, _ lease: [String]) async throws -> Int {
        for _ in 0..<4 {
            // When it is woken, they run elsewhere.
            try await driver.enqueueSlowJobs()
            let zombie = try driver.start("worker", lease + ["--crash-at", "before-settle", "--crash-by", "freeze"])
            try await driver.wait(for: "a frozen \(zombie.name)") { zombie.status == .frozen }
            let isOver = try await driver.holds(within: .seconds(15)) {
                try driver.store.leases(ofProcess: zombie.number) == 0
            }
            try driver.wake(zombie)
            try await driver.pause(.milliseconds(500))
            try driver.ask(zombie)
            try await driver.ended(zombie)
            // By bad luck another of its threads was within a transaction, and nobody could write until it was woken.
            guard isOver else { continue }
            let late = driver.said(Marks.stale, by: zombie).compactMap { Int($0) }.reduce(0, +)
            if late == 0 { throw Failure("\(zombie.name) was woken and settled nothing late") }
            return late
        }
        throw Failure("the leases of frozen workers did not end, four times")
    }
}
