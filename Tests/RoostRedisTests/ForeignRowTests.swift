import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import Testing

@Suite("A row that another hand changed", .timeLimit(.minutes(2)))
struct ForeignRowTests {
    @Test("keeps nobody from counts, lists and what happened to other jobs")
    func looking() async throws {
        let server = try await RedisServer.start()
        let time = TestTimeSource()
        let store = try await RedisStore(server.url, options: .init(time: time))
        let worker = try await store.register(WorkerRegistration(name: "test"))
        let jobs = (0..<3).map { _ in NewJob(kind: "work") }
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        let claim = try await store.claim(ClaimRequest(kinds: ["work"], limit: 3), for: worker)
        #expect(claim.jobs.count == 3)
        let probe = try server.probe()
        func key(_ job: NewJob) -> [UInt8] { Array("{roost}:j:".utf8) + job.id.bytes }
        try probe.command(bytes: [Array("SET".utf8), key(jobs[0]), Array("x".utf8)])
        // The number of its lane.
        try probe.command(bytes: [Array("SETRANGE".utf8), key(jobs[1]), Array("4".utf8), [0, 0, 0, 99]])
        time.advance(by: .seconds(31))
        #expect(try await store.reclaim().changes.map(\.job) == [jobs[2].id])
        #expect(try await store.counts().map(\.kind) == ["work"])
        let ids = jobs.map(\.id)
        #expect(try await store.snapshots(of: ids).last??.state == .ready)
        #expect(try await store.list(JobQuery(limit: 10)).map(\.id).contains(jobs[2].id))
        #expect(try await store.outcomes(of: ids) == [nil, nil, nil])
        #expect(try await store.prune() == 0)
        await store.close()
    }
}
