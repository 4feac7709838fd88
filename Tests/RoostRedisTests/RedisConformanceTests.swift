import RoostCore
import RoostRedis
import RoostTesting
import Testing

@Suite("The Redis store keeps the promises of stores", .serialized, .timeLimit(.minutes(5)))
struct RedisConformanceTests {
    @Test("each", arguments: StoreConformance.cases)
    func promise(_ promise: StoreConformance.Case) async throws {
        let namespace = TestServer.newNamespace()
        let subject = StoreConformance.Subject(
            makeStore: { time in try await TestServer.newStore(namespace: namespace, time: time) },
            reopen: { _, time in try await TestServer.newStore(namespace: namespace, time: time) }
        )
        try await promise.run(on: subject)
    }
}
