import Foundation
import Logging
import RoostCore
import RoostPostgres
import RoostTesting
import ServiceLifecycle
import Synchronization
import Testing

@Suite("A job that ends in its own transaction", .timeLimit(.minutes(1)))
struct CompletionTests {
    private struct Effect: Job {
        enum Way: String, Codable { case returns, throwsAfter, throwsInside, twice, adds }

        static var kind: String { "effect" }

        var way: Way
        var table: String

        func run() async throws -> Int {
            let context = try JobContext.required
            if way == .adds { try context.enqueueOnSuccess(Later()) }
            let value = try await context.transaction { [way, table] (transaction: PostgresTransaction) in
                try await transaction.execute("INSERT INTO \(table) (job) VALUES ($1)", context.id.description)
                if way == .throwsInside { throw CancelExecution("no") }
                return 42
            }
            if way == .throwsAfter { throw CancelExecution("too late") }
            if way == .twice { _ = try await context.transaction { (_: PostgresTransaction) in 1 } }
            return value + 1
        }
    }

    private struct Later: Job {
        static var kind: String { "later" }
        func run() async throws {}
    }

    private let schema = TestServer.newSchema()
    private let queue: JobQueue
    private var table: String { "\(schema).effects" }

    init() async throws {
        queue = JobQueue(store: try await TestServer.newStore(schema: schema))
        try await queue.transaction { [schema] in try await $0.execute("CREATE TABLE \(schema).effects (job text)") }
    }

    /// Runs one job to its end.
    private func run(_ way: Effect.Way) async throws -> (outcome: Result<Int, any Error>, effects: Int, id: JobID) {
        let worker = Worker(queue, options: WorkerOptions(concurrency: 1), jobs: [Effect.self], discoversJobs: false)
        let group = ServiceGroup(configuration: .init(services: [.init(service: worker)], logger: .init(label: "test")))
        let handle = try await queue.enqueue(Effect(way: way, table: table))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let outcome: Result<Int, any Error>
            do {
                outcome = .success(try await handle.value(timeout: .seconds(30)))
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            let effects = try await queue.transaction { [table] transaction in
                try await transaction.execute("SELECT count(*) AS n FROM \(table)")[0].integer("n")
            }
            return (outcome, effects, handle.id)
        }
    }

    @Test("has succeeded with what its transaction returned")
    func returns() async throws {
        let run = try await run(.returns)
        #expect(try run.outcome.get() == 42)
        #expect(run.effects == 1)
        #expect(try await queue.job(run.id)?.attempt == 1)
    }

    @Test("has succeeded, also where it throws after that")
    func throwsAfter() async throws {
        let run = try await run(.throwsAfter)
        #expect(try run.outcome.get() == 42)
        #expect(run.effects == 1)
    }

    @Test("has done nothing where it throws before")
    func throwsInside() async throws {
        let run = try await run(.throwsInside)
        #expect(throws: (any Error).self) { try run.outcome.get() }
        #expect(run.effects == 0)
        #expect(try await queue.job(run.id)?.state == .cancelled)
    }

    @Test("has done nothing where it was taken away")
    func isTaken() async throws {
        let handle = try await queue.enqueue(Effect(way: .returns, table: table))
        let worker = try await queue.store.register(WorkerRegistration(name: "test"))
        let claim = try await queue.store.claim(ClaimRequest(kinds: ["effect"], limit: 1), for: worker)
        let job = try #require(claim.jobs.first)
        #expect(job.id == handle.id)
        try await queue.transaction { [schema] in try await $0.execute("UPDATE \(schema).lease SET until = 0") }
        #expect(try await queue.store.reclaim().changes.map(\.job) == [job.id])
        let error = await #expect(throws: PostgresStatementError.self) {
            try await queue.transaction { [schema, table] transaction in
                try await transaction.execute("INSERT INTO \(table) (job) VALUES ('x')")
                try await transaction.execute(
                    "SELECT \(schema).complete($1::uuid, $2::bigint, NULL, NULL)",
                    job.id.description,
                    Int(job.token.number)
                )
            }
        }
        #expect(error?.state == "RO002")
        #expect(error?.message.contains("is not held by claim \(job.token.number) any more") == true)
        let left = try await queue.transaction { [table] in
            try await $0.execute("SELECT count(*) AS n FROM \(table)")[0].integer("n")
        }
        #expect(left == 0)
        #expect(try await queue.job(handle.id)?.state == .ready)
    }

    @Test("cannot end so twice")
    func twice() async throws {
        let run = try await run(.twice)
        // The error comes after the end, and changes nothing of it.
        #expect(try run.outcome.get() == 42)
        #expect(run.effects == 1)
    }

    @Test("enqueues what it added with its end")
    func adds() async throws {
        let run = try await run(.adds)
        #expect(try run.outcome.get() == 42)
        #expect(try await queue.counts().contains { $0.kind == "later" && $0.byState[.ready] == 1 })
    }
}
