import RoostCore
import RoostTesting
import Testing

@testable import RoostPostgres

@Suite("Jobs of more lanes than a notification can name")
struct ManyLanesTests {
    private let jobs = (0..<400).map { NewJob(kind: "k", queue: "tenant number \($0)", start: .after(.seconds(60))) }
    private let queues = (0..<400).map { "tenant number \($0)" }

    @Test("become due at once, and are handed out")
    func due() async throws {
        let time = TestTimeSource()
        let schema = TestServer.newSchema()
        let store = try await TestServer.newStore(schema: schema, time: time)
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        // One that has told nobody of anything yet, so that it may, and leaves jobs for others, so that it has to.
        let other = try await TestServer.newStore(schema: schema, time: time)
        let worker = try await other.register(WorkerRegistration(name: "w"))
        time.advance(by: .seconds(60))
        let one = try await other.claim(ClaimRequest(queues: [queues[0]], kinds: ["k"], limit: 1000), for: worker)
        #expect(one.jobs.count == 1)
        let rest = try await other.claim(ClaimRequest(queues: queues, kinds: ["k"], limit: 1000), for: worker)
        #expect(rest.jobs.count == 399)
        await store.close()
        await other.close()
    }

    @Test("are enqueued at once, and in a transaction")
    func enqueued() async throws {
        let store = try await TestServer.newStore()
        let now = queues.map { NewJob(kind: "k", queue: $0) }
        #expect(try await store.enqueue(EnqueueBatch(jobs: now)).items.count == 400)
        let held = queues.map { NewJob(kind: "k", queue: $0, unique: UniqueKey(key: $0)) }
        #expect(try await store.enqueue(EnqueueBatch(jobs: held)).items.count == 400)
        #expect(try await store.counts().count == 400)
        await store.close()
    }
}
