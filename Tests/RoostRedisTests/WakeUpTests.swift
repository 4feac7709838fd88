import RedisSupport
import RoostCore
import RoostRedis
import Testing

@Suite("Wake-ups", .timeLimit(.minutes(2)))
struct WakeUpTests {
    @Test(
        "an exchange wakes workers for the jobs that it makes ready, but not for those that it hands out",
        arguments: [0, 1, 2]
    )
    func handedOut(limit: Int) async throws {
        let server = try await RedisServer.start()
        let store = try await RedisStore(server.url)
        let worker = try await store.register(WorkerRegistration(name: "w"))
        let parent = NewJob(kind: "a")
        let children = [NewJob(kind: "b"), NewJob(kind: "b")]
        let edges = children.map {
            NewEdge(parent: parent.id, child: $0.id, condition: .success, position: 0)
        }
        _ = try await store.enqueue(EnqueueBatch(jobs: [parent] + children, edges: edges))
        let claim = try await store.claim(ClaimRequest(kinds: ["a"], limit: 1), for: worker)
        let token = try #require(claim.token)

        let channel = "{roost}:wake:ready"
        let listener = try RedisProbe(port: server.port)
        try listener.command("SSUBSCRIBE", channel)
        let answer = try await store.exchange(
            Exchange(
                worker: worker,
                settle: [SettleItem(job: parent.id, token: token, end: .succeeded(output: nil))],
                claim: limit > 0 ? ClaimRequest(kinds: ["b"], limit: limit) : nil
            )
        )
        #expect(answer.claim?.jobs.count ?? 0 == limit)
        try RedisProbe(port: server.port).command("SPUBLISH", channel, "the end")
        #expect(try listener.receive().texts.last == (limit == 2 ? "the end" : ""))
        await store.close()
    }
}
