import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import Testing

@Suite("A script that fails halfway", .timeLimit(.minutes(2)))
struct HalfwayTests {
    @Test("leaves no job that has ended under a lease, to run again when that ends")
    func settle() async throws {
        let server = try await RedisServer.start()
        let time = TestTimeSource()
        let store = try await RedisStore(server.url, options: .init(time: time))
        let worker = try await store.register(WorkerRegistration(name: "test"))
        let job = NewJob(kind: "work", retention: .zero)
        _ = try await store.enqueue(EnqueueBatch(jobs: [job]))
        let claim = try await store.claim(ClaimRequest(kinds: ["work"], limit: 1), for: worker)
        let items = claim.jobs.map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: nil)
        }
        // Where jobs stand that are kept so long.
        try server.probe().command("SET", "{roost}:f:0", "by another hand")
        let error = await #expect(throws: StoreError.self) { _ = try await store.settle(items, for: worker) }
        #expect(error?.code == .foreign)
        time.advance(by: .seconds(31))
        #expect(try await store.reclaim().changes == [])
        #expect(try await store.snapshots(of: [job.id]).first??.state == .succeeded)
        await store.close()
    }
}
