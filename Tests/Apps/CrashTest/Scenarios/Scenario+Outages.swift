import ProcessSupport
import RoostTesting

extension Scenario {
    static let locked = Scenario(
        name: "locked",
        summary:
            "the file is locked by another program, or the server stands still, for longer than calls wait, and than a lease"
    ) { driver in
        try await driver.store.prepare(journal: true, crashPoints: false)
        try driver.startAuditor()
        let workers = try (0..<2).map { _ in try driver.start("worker", "--lease", "2000", "--patience", "700") }
        let load = try driver.startProducer("--pause", "20", "--patience", "700")
        for worker in workers { try await driver.works(worker) }
        for round in 0..<(driver.isShort ? 2 : 8) {
            try await driver.pause(.milliseconds(500))
            // Every second time past the leases, which nobody can extend meanwhile.
            try await driver.store.block(for: .milliseconds(round.isMultiple(of: 2) ? 1500 : 3500))
            try driver.look()
        }
        try await driver.pause(.milliseconds(500))
        try driver.ask(load)
        try await driver.ended(load)
        try await driver.finish()
        try await driver.stopAll()
        // A server that stands still refuses nothing; the calls wait in vain.
        try driver.noteRefusals(atLeast: 1, orUnanswered: !driver.store.runsInItsClient)
    }

    static let full = Scenario(
        name: "full",
        summary:
            "the disk, or the memory of the server, is full for a while: nothing is lost, and work goes on once there is room",
        needsDisk: true
    ) { driver in
        let room = try driver.room()
        driver.note("by \(room.means)")
        try await driver.store.prepare(journal: true, crashPoints: false)
        if case .limit = driver.disk?.way { try await driver.store.obeyRoomLimit() }
        try driver.startAuditor()
        let workers = try (0..<2).map { _ in try driver.start("worker", "--lease", "3000") }
        let load = try driver.startProducer("--pause", "20")
        for worker in workers { try await driver.works(worker) }
        for _ in 0..<(driver.isShort ? 1 : 4) {
            try await driver.pause(.milliseconds(1500))
            try room.fill()
            try await driver.pause(.milliseconds(3000))
            try room.makeRoom()
        }
        try await driver.pause(.milliseconds(500))
        try driver.ask(load)
        try await driver.ended(load)
        try await driver.finish()
        try await driver.stopAll()
        try driver.noteRefusals(atLeast: 1)
    }
}

extension Driver {
    /// - Throws: ``Failure`` where fewer calls were refused than must have been, so that the scenario tested nothing.
    ///
    /// - Parameter orUnanswered: whether a call counts of which nobody knows what became of it.
    fileprivate func noteRefusals(atLeast least: Int, orUnanswered: Bool = false) throws {
        let refused = try history().events.count { event in
            guard case .reply(let reply) = event else { return false }
            return reply.answer == .refused || orUnanswered && reply.answer == .unknown
        }
        note("\(refused) calls refused\(orUnanswered ? ", or not answered" : "")")
        if refused < least { throw Failure("no call was refused: nothing stood in the way") }
    }
}
