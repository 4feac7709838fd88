import RoostCore
import RoostTesting
import Testing

@Suite("The memory store", .timeLimit(.minutes(5)))
struct MemoryStoreTests {
    @Test("keeps a promise of stores", arguments: StoreConformance.cases)
    func conforms(_ promise: StoreConformance.Case) async throws {
        try await promise.run(on: StoreConformance.Subject { time in MemoryStore(time: time) })
    }

    @Test("names of promises are unique")
    func namesAreUnique() {
        let names = StoreConformance.cases.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
