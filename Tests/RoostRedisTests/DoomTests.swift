import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import Testing

@Suite("Expiries that are watched", .timeLimit(.minutes(2)))
struct DoomTests {
    @Test("are those of ready jobs, and no others")
    func watched() async throws {
        let server = try await RedisServer.start()
        let store = try await RedisStore(server.url, options: .init(time: TestTimeSource()))
        let worker = try await store.register(WorkerRegistration(name: "test"))
        let probe = try server.probe()
        let jobs = (0..<4).map { _ in NewJob(kind: "work", expiry: .after(.hours(1))) }
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        #expect(try probe.command("ZCARD", "{roost}:doom").integer == 4)
        _ = try await store.perform(ActionRequest(.cancel(jobs[0].id), by: "test", why: ""))
        #expect(try probe.command("ZCARD", "{roost}:doom").integer == 3)
        let claim = try await store.claim(ClaimRequest(kinds: ["work"], limit: 10), for: worker)
        #expect(claim.jobs.count == 3)
        #expect(try probe.command("ZCARD", "{roost}:doom").integer == 0)
        let released = SettleItem(job: claim.jobs[0].id, token: claim.jobs[0].token, end: .released)
        _ = try await store.settle([released], for: worker)
        #expect(try probe.command("ZCARD", "{roost}:doom").integer == 1)
        await store.close()
    }
}
