import Logging
import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import StoreFaults
import Testing

@Suite("An enqueue that waits for replicas", .timeLimit(.minutes(3)))
struct ReplicaTests {
    private struct Pair {
        let master: RedisServer
        let replica: RedisServer

        init() async throws {
            master = try await RedisServer.start()
            replica = try await RedisServer.start(.init(replicaOf: master))
        }

        func open(_ options: String) async throws -> RedisStore {
            try await RedisStore("\(master.url)?replicas=1&timeout=20\(options)", logger: CapturedLog().logger)
        }

        /// How many jobs the replica has.
        func jobs() throws -> Int {
            try replica.probe().command("KEYS", "{roost}:j:*").array?.count ?? 0
        }
    }

    @Test("returns once they have the jobs", arguments: ["", "&connections=4"])
    func returns(options: String) async throws {
        let pair = try await Pair()
        let store = try await pair.open(options)
        for number in 1...5 {
            _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "work")]))
            #expect(try pair.jobs() == number)
        }
        await store.close()
    }

    @Test(
        "fails where they do not answer, though the jobs are stored, and may be made again",
        arguments: [false, true]
    )
    func fails(hasEdges: Bool) async throws {
        let pair = try await Pair()
        let store = try await pair.open("&connections=4")
        let jobs = [NewJob(kind: "work"), NewJob(kind: "work")]
        let edges = hasEdges ? [NewEdge(parent: jobs[0].id, child: jobs[1].id, condition: .success, position: 0)] : []
        let batch = EnqueueBatch(jobs: jobs, edges: edges)
        pair.replica.pause()
        // Also where nothing is left to be written, on whichever connection.
        for _ in 0..<2 {
            let error = await #expect(throws: StoreError.self) { _ = try await store.enqueue(batch) }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("only 0 of 1 replicas have them") == true, "\(String(describing: error))")
        }
        #expect(try await store.snapshots(of: jobs.map(\.id)).allSatisfy { $0 != nil })
        pair.replica.resume()
        _ = try await store.enqueue(batch)
        #expect(try pair.jobs() == 2)
        await store.close()
    }

    @Test("holds up no other call")
    func alone() async throws {
        let pair = try await Pair()
        let store = try await pair.open("")
        let worker = try await store.register(WorkerRegistration(name: "w"))
        pair.replica.pause()
        let enqueues = Task {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { _ = try? await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "work")])) }
                }
            }
        }
        func isWaiting() throws -> Bool { try pair.master.probe().info("clients")["blocked_clients"] == "1" }
        // Each of them waits for a second, one after the other.
        try await waitUntil("an enqueue waits for the replica") { try isWaiting() }
        let claim = try await store.claim(ClaimRequest(kinds: ["work"], limit: 1), for: worker)
        let job = try #require(claim.jobs.first)
        let end = SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: store.time.now)
        #expect(try await store.settle([end], for: worker) == [.applied])
        try await waitUntil("an enqueue still waits") { try isWaiting() }
        pair.replica.resume()
        await enqueues.value
        await store.close()
    }
}
