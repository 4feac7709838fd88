import ProcessSupport
import RoostTesting

extension Scenario {
    static let server = Scenario(
        name: "server",
        summary: "the server is killed and started again, which wrote to its disk before it answered: nothing is lost",
        stores: [.redis, .postgres],
        isDurable: true
    ) { driver in
        guard let server = driver.server else { throw Failure("there is no server to kill") }
        try await driver.store.prepare(journal: true, crashPoints: false)
        try driver.startAuditor()
        let workers = try (0..<2).map { _ in try driver.start("worker", "--lease", "2000", "--patience", "1000") }
        let loads = try (0..<2).map { _ in try driver.startProducer("--pause", "5", "--patience", "1000") }
        for worker in workers { try await driver.works(worker) }
        let rounds = driver.isShort ? 3 : 12
        for round in 0..<rounds {
            try await driver.pause(driver.random.milliseconds(300...1200))
            server.kill()
            // Now and then it is away for longer than calls wait, and than leases last.
            try await driver.pause(round % 3 == 2 ? .milliseconds(2500) : driver.random.milliseconds(0...300))
            try await server.startAgain()
        }
        driver.note("\(rounds) kills of the server")
        try await driver.pause(.milliseconds(500))
        for load in loads { try driver.ask(load) }
        for load in loads { try await driver.ended(load) }
        try await driver.finish()
        try await driver.stopAll()
    }
}
