import RoostCore
import RoostPostgres
import RoostTesting
import Testing

@Suite("The Postgres store, beside the memory store")
struct PostgresDifferentialTests {
    @Test("answers the same random calls alike, and shows the same jobs", arguments: UInt64(1)...UInt64(12))
    func alike(seed: UInt64) async throws {
        let differential = StoreDifferential(
            first: { MemoryStore(time: $0) },
            second: { try await TestServer.newStore(time: $0) }
        )
        try await differential.run(seed: seed)
    }
}
