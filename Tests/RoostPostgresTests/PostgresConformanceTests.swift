import RoostCore
import RoostPostgres
import RoostTesting
import Testing

@Suite("The Postgres store keeps the promises of stores", .serialized, .timeLimit(.minutes(5)))
struct PostgresConformanceTests {
    @Test("each", arguments: StoreConformance.cases)
    func promise(_ promise: StoreConformance.Case) async throws {
        let schema = TestServer.newSchema()
        let subject = StoreConformance.Subject(
            makeStore: { time in try await TestServer.newStore(schema: schema, time: time) },
            reopen: { _, time in try await TestServer.newStore(schema: schema, time: time) }
        )
        try await promise.run(on: subject)
    }
}
