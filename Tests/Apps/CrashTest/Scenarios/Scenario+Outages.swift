import RoostTesting

extension Scenario {
    static let locked = Scenario(
        name: "locked",
        summary: "another program holds the file locked for longer than the busy time, and than a lease"
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
        try driver.noteRefusals(atLeast: 1)
    }

    static let full = Scenario(
        name: "full",
        summary: "the disk is full for a while: nothing is stored, nothing lost, and work goes on once there is room",
        needsDisk: true
    ) { driver in
        guard let disk = driver.disk else { throw Failure("there is no disk to fill") }
        driver.note("by \(disk.way)")
        try await driver.store.prepare(journal: true, crashPoints: false)
        if case .limit = disk.way { try await driver.store.obeyRoomLimit() }
        try driver.startAuditor()
        let workers = try (0..<2).map { _ in try driver.start("worker", "--lease", "3000") }
        let load = try driver.startProducer("--pause", "20")
        for worker in workers { try await driver.works(worker) }
        for _ in 0..<(driver.isShort ? 1 : 4) {
            try await driver.pause(.milliseconds(1500))
            try disk.fill()
            try await driver.pause(.milliseconds(3000))
            try disk.makeRoom()
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
    fileprivate func noteRefusals(atLeast least: Int) throws {
        let refused = try history().events.count { event in
            guard case .reply(let reply) = event else { return false }
            return reply.answer == .refused
        }
        note("\(refused) calls refused")
        if refused < least { throw Failure("no call was refused: nothing stood in the way") }
    }
}
