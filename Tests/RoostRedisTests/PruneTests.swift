import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import Testing

@Suite("What prune() leaves on the server", .timeLimit(.minutes(2)))
struct PruneTests {
    @Test("is nothing of inputs whose jobs have ended, also of many and where none may be deleted yet")
    func inputs() async throws {
        let server = try await RedisServer.start()
        let store = try await RedisStore(server.url, options: .init(time: TestTimeSource()))
        let worker = try await store.register(WorkerRegistration(name: "test"))
        for _ in 0..<5 {
            let parents = (0..<500).map { _ in NewJob(kind: "parent", retention: .days(1)) }
            let children = parents.map { _ in NewJob(kind: "child", retention: .days(1)) }
            let edges = zip(parents, children).map {
                NewEdge(parent: $0.id, child: $1.id, condition: .success, position: 0, carriesValue: true)
            }
            _ = try await store.enqueue(EnqueueBatch(jobs: parents + children, edges: edges))
            for kind in ["parent", "child"] {
                let claim = try await store.claim(ClaimRequest(kinds: [kind], limit: 1000), for: worker)
                #expect(claim.jobs.count == 500)
                let items = claim.jobs.map {
                    SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: nil)
                }
                _ = try await store.settle(items, for: worker)
            }
        }
        let probe = try server.probe()
        #expect(try probe.command("LLEN", "{roost}:free").integer == 2500)
        #expect(try await store.prune() == 0)
        #expect(try probe.command("KEYS", "{roost}:fr*").array?.isEmpty == true)
        await store.close()
    }
}
