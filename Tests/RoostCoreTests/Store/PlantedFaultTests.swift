import RoostCore
import RoostTesting
import Testing

@Suite("The conformance suite", .timeLimit(.minutes(5)))
struct PlantedFaultTests {
    @Test("fails a store that breaks one rule", arguments: StoreFault.allCases)
    func finds(fault: StoreFault) async {
        let subject = StoreConformance.Subject { time in FaultyStore(MemoryStore(time: time), fault: fault) }
        for promise in StoreConformance.cases {
            do {
                try await promise.run(on: subject)
            } catch {
                return
            }
        }
        Issue.record("the suite accepts a store with the fault \(fault)")
    }
}
