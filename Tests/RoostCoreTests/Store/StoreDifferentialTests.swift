import RoostCore
import RoostTesting
import Testing

@Suite("The differential test")
struct StoreDifferentialTests {
    @Test("finds no difference between a store and itself", arguments: UInt64(1)...40)
    func memoryAgainstMemory(seed: UInt64) async throws {
        let differential = StoreDifferential(first: { MemoryStore(time: $0) }, second: { MemoryStore(time: $0) })
        try await differential.run(seed: seed, steps: 150)
    }

    @Test("finds a store that breaks a rule, and tells few calls", arguments: [StoreFault.loseGiveBack, .neverCharge])
    func findsFault(fault: StoreFault) async throws {
        let differential = StoreDifferential(
            first: { MemoryStore(time: $0) },
            second: { FaultyStore(MemoryStore(time: $0), fault: fault) }
        )
        let difference = try await #require(throws: StoreDifference.self) {
            for seed in UInt64(1)...20 { try await differential.run(seed: seed) }
        }
        #expect(difference.calls.count <= 6, "\(difference)")
    }
}
