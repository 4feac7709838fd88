import RoostTesting
import Testing

@Suite("The simulation", .timeLimit(.minutes(5)))
struct PlantedFaultSimulationTests {
    /// A rule that a store breaks, and the invariants of which one must be seen to break.
    struct Plant: CustomStringConvertible, Sendable {
        let fault: StoreFault
        let invariants: Set<Int>

        init(_ fault: StoreFault, _ invariants: Int...) {
            self.fault = fault
            self.invariants = Set(invariants)
        }

        var description: String { fault.rawValue }
    }

    /// More than twice what the one that hides best needs.
    private static let mostSeeds: UInt64 = 100

    @Test(
        "finds a store that breaks a rule",
        arguments: [
            Plant(.ignoreTokens, 3),
            Plant(.neverCharge, 2),
            Plant(.keepAtShutdown, 10),
            Plant(.neverExtend, 1),
            Plant(.reclaimLate, 5),
            Plant(.reclaimTooEarly, 10),
            Plant(.ignoreUniqueKeys, 6),
            Plant(.dropEdges, 9),
            Plant(.treatFailureAsSuccess, 9),
            Plant(.answerEarly, 12),
        ]
    )
    func finds(plant: Plant) async {
        for seed in 1...Self.mostSeeds {
            let report = await simulate(seed: seed, fault: plant.fault)
            if report.violations.contains(where: { plant.invariants.contains($0.invariant) }) { return }
        }
        Issue.record("no seed up to \(Self.mostSeeds) breaks one of the invariants \(plant.invariants.sorted())")
    }
}
