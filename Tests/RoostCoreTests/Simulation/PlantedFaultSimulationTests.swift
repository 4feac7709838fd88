import RoostTesting
import Testing

@Suite("The simulation, over a store that breaks one rule,")
struct PlantedFaultSimulationTests {
    @Test("finds it", arguments: StoreFault.allCases)
    func finds(_ fault: StoreFault) async throws {
        var seen: [Int: Int] = [:]
        var first = 0
        for seed: UInt64 in 1...30 {
            let report = await simulate(seed: seed, fault: fault)
            if !report.violations.isEmpty && first == 0 { first = Int(seed) }
            for i in Set(report.violations.map(\.invariant)) { seen[i, default: 0] += 1 }
            if report.problem != nil { seen[-1, default: 0] += 1 }
        }
        print("FOUND", fault, "first", first, seen.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" })
    }
}
