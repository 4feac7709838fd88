import ProcessSupport
import RoostTesting

extension Scenario {
    static let kills = Scenario(
        name: "kills",
        summary: "workers and producers are killed with kill -9 at random, and started again"
    ) { driver in
        try await driver.store.prepare(journal: true, crashPoints: false)
        try driver.startAuditor()
        let end = ContinuousClock.now + (driver.isShort ? .seconds(10) : .seconds(60))
        var workers: [ChildProcess] = []
        var producers: [ChildProcess] = []
        var kills = 0
        @MainActor func startMissing() throws {
            workers.removeAll(where: \.isOver)
            producers.removeAll(where: \.isOver)
            // Long leases, so that only a death that is noticed gives the jobs back in time (invariant 5).
            let lease = driver.store.noticesDeath ? "60000" : "2000"
            while workers.count < 3 { workers.append(try driver.start("worker", "--lease", lease)) }
        }
        while ContinuousClock.now < end {
            try startMissing()
            while producers.count < 2 { producers.append(try driver.startProducer("--pause", "5")) }
            try await driver.pause(driver.random.milliseconds(100...900))
            guard let victim = (workers + producers).filter({ !$0.isOver }).randomElement(using: &driver.random) else {
                continue
            }
            if driver.random.oneIn(10) {
                kills += workers.count + producers.count
                try await driver.killAllAtOnce()
            } else if driver.random.oneIn(5) {
                try driver.ask(victim)
            } else {
                driver.kill(victim)
                kills += 1
            }
        }
        driver.note("\(kills) kills")
        for producer in producers where !producer.isOver { try driver.ask(producer) }
        try await driver.wait(for: "the end of the producers") { producers.allSatisfy(\.isOver) }
        try await driver.finish(restart: startMissing)
        try await driver.stopAll()
    }
}
