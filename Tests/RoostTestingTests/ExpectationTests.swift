import RoostCore
import RoostTesting
import Testing

@Suite("Expectations of a queue", .timeLimit(.minutes(1)))
struct ExpectationTests {
    @Test("find the jobs whose arguments match")
    func found() async throws {
        let queue = JobQueue(store: MemoryStore())
        let handles = try await queue.enqueue(["Ada", "Ben", "Ada"].map { Greet(name: $0) })
        try await expectEnqueued(Greet.self, in: queue)
        let found = try await expectEnqueued(Greet.self, count: 2, in: queue) { $0.name == "Ada" }
        #expect(found.map(\.id) == [handles[0].id, handles[2].id])
        try await expectNotEnqueued(Greet.self, in: queue) { $0.name == "Eve" }
        try await expectNotEnqueued(Stumble.self, in: queue)
    }

    @Test("tell what was enqueued instead")
    func message() async throws {
        let queue = JobQueue(store: MemoryStore())
        try await queue.enqueue(Greet(name: "Ada"))
        try await queue.enqueue(Stumble(failures: 1))
        let missing = await #expect(throws: ExpectationFailure.self) {
            try await expectEnqueued(Greet.self, in: queue) { $0.name == "Eve" }
        }
        #expect(
            missing?.description == """
                expected at least one of Greet that match; 0 of 2 jobs do
                the others are: Greet {"name":"Ada"}; Stumble {"failures":1}
                """
        )
        let tooMany = await #expect(throws: ExpectationFailure.self) {
            try await expectNotEnqueued(Greet.self, in: queue)
        }
        #expect(
            tooMany?.description == """
                expected 0 of Greet that match; 1 of 2 jobs do
                they are: Greet {"name":"Ada"}
                the others are: Stumble {"failures":1}
                """
        )
        let none = await #expect(throws: ExpectationFailure.self) {
            try await expectEnqueued(Greet.self, in: JobQueue(store: MemoryStore()))
        }
        #expect(none?.description == "expected at least one of Greet that match; 0 of 0 jobs do")
    }

    @Test("see all jobs, however many there are")
    func pages() async throws {
        let queue = JobQueue(store: MemoryStore())
        try await queue.enqueue((0..<1200).map { Greet(name: "\($0)") })
        try await expectEnqueued(Greet.self, count: 1200, in: queue)
    }

    @Test("see the arguments of jobs that an immediate queue has run")
    func immediate() async throws {
        let queue = try JobQueue.immediate(jobs: [Greet.self], discoversJobs: false)
        try await queue.enqueue(Greet(name: "Ada"))
        try await expectEnqueued(Greet.self, count: 1, in: queue) { $0.name == "Ada" }
    }
}
