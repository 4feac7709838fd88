import RoostCore

extension Scenario {
    static let planted = Scenario(
        name: "planted",
        summary: "faults are put into the store by hand, and each must be found: these tests can fail"
    ) { driver in
        try await driver.store.prepare(journal: true, crashPoints: false)
        try driver.startAuditor()
        let producer = try driver.startProducer("--calls", "60", "--pause", "1")
        try await driver.ended(producer)
        // Some loads have no job that fails.
        try await driver.ended(try driver.startProducer("--only", "broken", "--calls", "1"))
        let deaf = try await driver.store.deafQuestions()
        if !deaf.isEmpty { throw Failure("questions of the audit that find nothing: \(deaf.joined(separator: "; "))") }
        for fault in PlantedFault.allCases where !fault.needsEnds { try await plant(fault, driver) }
        let worker = try driver.start("worker")
        try await driver.finish()
        for fault in PlantedFault.allCases where fault.needsEnds { try await plant(fault, driver) }
        try await driver.finish()
        try driver.ask(worker)
        try await driver.ended(worker)
    }

    @MainActor private static func plant(_ fault: PlantedFault, _ driver: Driver) async throws {
        let jobs = try await driver.store.plant(fault)
        if jobs.isEmpty { throw Failure("there was nothing to plant '\(fault)' into") }
        driver.mustBeFound.append((fault, jobs))
        // Long enough for the auditor.
        try await driver.pause(.milliseconds(400))
        try await driver.store.mend(fault)
    }
}

/// What a broken store might do.
enum PlantedFault: String, CaseIterable {
    /// A ready job vanishes.
    case loss
    /// A job that failed is made ready, and nobody asked for it.
    case resurrection
    /// A claim is counted that there was not.
    case miscount
    /// A lease is left behind.
    case orphan

    /// Whether it takes a job that has ended.
    var needsEnds: Bool { self == .resurrection }

    /// Which invariant it breaks.
    var invariant: Int {
        switch self {
        case .loss: 0
        case .resurrection: 4
        case .miscount: 2
        case .orphan: 1
        }
    }
}
