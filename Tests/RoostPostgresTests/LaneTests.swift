import RoostCore
import RoostPostgresClient
import Testing

@testable import RoostPostgres

@Suite("The number of a lane")
struct LaneTests {
    private func enqueue(_ kind: String, in store: PostgresStore) async throws -> JobID {
        let job = NewJob(kind: kind)
        #expect(try await store.enqueue(EnqueueBatch(jobs: [job])).items == [.stored])
        return job.id
    }

    private func claim(_ kind: String, from store: PostgresStore) async throws -> [JobID] {
        let worker = try await store.register(WorkerRegistration(name: "w"))
        return try await store.claim(ClaimRequest(kinds: [kind], limit: 10), for: worker).jobs.map(\.id)
    }

    @Test("is the same where the server has lost it, as after a failover, and lanes are made in another order")
    func lost() async throws {
        let schema = TestServer.newSchema()
        let store = try await TestServer.newStore(schema: schema)
        _ = try await enqueue("one", in: store)
        try await store.learnLanes()
        _ = try await store.database.run(PostgresQuery("DROP SCHEMA \(schema) CASCADE", prepared: false))

        let other = try await TestServer.newStore(schema: schema)
        let two = try await enqueue("two", in: other)
        let one = try await enqueue("one", in: store)
        #expect(try await claim("one", from: store) == [one])
        #expect(try await claim("two", from: store) == [two])
        await store.close()
        await other.close()
    }

    @Test("is another where a lane of other names has it")
    func taken() async throws {
        let store = try await TestServer.newStore()
        let job = try await enqueue("one", in: store)
        let text = """
            INSERT INTO roost.lane (id, queue, kind)
            VALUES (hashtextextended('two', hashtextextended('default', 0)) & 9223372036854775807, 'default', 'three')
            """
        _ = try await store.database.run(PostgresQuery(store.database.schema.render(text), prepared: false))
        let other = try await enqueue("two", in: store)
        #expect(try await claim("two", from: store) == [other])
        #expect(try await claim("three", from: store) == [])
        #expect(try await claim("one", from: store) == [job])
        await store.close()
    }

    @Test("is one, however many meet it first at the same time")
    func race() async throws {
        let store = try await TestServer.newStore()
        for kind in 0..<20 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { _ = try await enqueue("\(kind)", in: store) } }
                try await group.waitForAll()
            }
        }
        let text = "SELECT count(DISTINCT id) FROM roost.lane"
        let query = PostgresQuery(store.database.schema.render(text), prepared: false)
        #expect(try await store.database.run(query).int64(0, 0) == 20)
        #expect(try await claim("7", from: store).count == 8)
        await store.close()
    }
}
