import RoostCore
import RoostRedis
import Testing

@Suite("Lanes that are new", .timeLimit(.minutes(2)))
struct NewLanesTests {
    @Test("many at once, from two processes, get their numbers, and every job its lane")
    func atOnce() async throws {
        let namespace = TestServer.newNamespace()
        let stores = [
            try await TestServer.newStore(namespace: namespace), try await TestServer.newStore(namespace: namespace),
        ]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<60 {
                for store in stores {
                    group.addTask {
                        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "kind \(number)")]))
                    }
                }
            }
            try await group.waitForAll()
        }
        let counts = try await stores[0].counts()
        #expect(counts.count == 60)
        #expect(counts.allSatisfy { $0.byState == [.ready: 2] })
        for store in stores { await store.close() }
    }
}
