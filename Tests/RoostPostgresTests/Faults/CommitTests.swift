import PostgresSupport
import ProcessSupport
import RoostCore
import RoostPostgres
import ServiceLifecycle
import StoreFaults
import Synchronization
import TCPProxy
import Testing

extension FaultTests {
    /// The one moment at which a job that ends in its own transaction could be lost, or done twice.
    @Suite("is asked to commit what ends a job") struct CommitTests {
        /// Writes a row in the transaction that ends it.
        private struct Effect: Job {
            static var kind: String { "effect" }

            /// What happens after that, right before the commit.
            static let beforeCommit = Mutex<(@Sendable () async throws -> Void)?>(nil)
            /// What its transactions threw.
            static let errors = Mutex<[any Error]>([])

            func run() async throws -> Int {
                let context = try JobContext.required
                do {
                    return try await context.transaction { (transaction: PostgresTransaction) in
                        try await transaction.execute("INSERT INTO effects (job) VALUES ($1)", context.id.description)
                        let act = Self.beforeCommit.withLock { $0 }
                        try await act?()
                        return 42
                    }
                } catch {
                    Self.errors.withLock { $0.append(error) }
                    throw error
                }
            }
        }

        private let log = CapturedLog()

        /// Has a worker run jobs until `body` returns.
        private func work(
            on store: PostgresStore,
            beforeCommit: @escaping @Sendable () async throws -> Void,
            until body: () async throws -> Void
        ) async throws {
            Effect.beforeCommit.withLock { $0 = beforeCommit }
            Effect.errors.withLock { $0 = [] }
            defer { Effect.beforeCommit.withLock { $0 = nil } }
            let worker = Worker(
                JobQueue(store: store, logger: log.logger),
                // So that it makes no calls while the job runs.
                options: WorkerOptions(
                    concurrency: 1,
                    lease: .seconds(600),
                    pollInterval: .seconds(600),
                    housekeepingInterval: .seconds(600)
                ),
                jobs: [Effect.self],
                discoversJobs: false
            )
            let group = TestedWorker.group(worker, logger: log.logger)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                try await body()
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
            }
        }

        /// That of the commit, which comes next: what the worker does at its start is over.
        private static func loseNextAnswer(of proxy: TCPProxy) async throws {
            var last = proxy.counts
            var quiet = ContinuousClock.now
            try await waitUntil("the connections are quiet") {
                let counts = proxy.counts
                if counts != last { (last, quiet) = (counts, .now) }
                return ContinuousClock.now - quiet > .milliseconds(300)
            }
            proxy.cut(after: 0, .replies)
        }

        @Test("and its answer is lost: it is asked after, and the job has succeeded, once")
        func lostAnswer() async throws {
            // It counts the calls of functions.
            let server = try await PostgresServer.start(.init(lines: ["track_functions = all"]))
            try server.sql("CREATE TABLE effects (job text)")
            let proxy = try TCPProxy(to: server.port)
            // Nobody listens by way of the proxy: what the commit tells would come before its answer.
            let store = try await PostgresStore(
                "postgres://postgres@127.0.0.1:\(proxy.port)/postgres?timeout=20",
                options: PostgresStoreOptions(listens: false),
                logger: log.logger
            )
            let direct = try await PostgresStore("\(server.url)?timeout=20", logger: log.logger)
            let queue = JobQueue(store: direct, logger: log.logger)
            let handle = try await queue.enqueue(Effect())
            try await work(on: store) {
                try await Self.loseNextAnswer(of: proxy)
            } until: {
                let value = try await handle.value(timeout: .seconds(60))
                #expect(value == 42)
            }
            // A connection tells what it called when it ends, at the latest.
            await store.close()
            try await waitUntil("the commit was asked after") {
                try server.sql("SELECT 1 FROM pg_stat_user_functions WHERE funcname = 'was_completed'").count == 1
            }

            let errors = Effect.errors.withLock { $0 }
            #expect(errors.isEmpty)
            #expect(try server.sql("SELECT job FROM effects") == [[handle.id.description]])
            let job = try await queue.job(handle.id)
            #expect(job?.state == .succeeded)
            #expect(job?.attempt == 1)
            #expect(job?.crashes == 0)
            await direct.close()
        }

        @Test("and another worker has the job by then: it is told so, and nothing was written")
        func taken() async throws {
            let server = try await PostgresServer.start()
            try server.sql("CREATE TABLE effects (job text)")
            let store = try await PostgresStore(
                "\(server.url)?timeout=20",
                options: PostgresStoreOptions(listens: false),
                logger: log.logger
            )
            let other = try await PostgresStore("\(server.url)?timeout=20", logger: log.logger)
            let queue = JobQueue(store: other, logger: log.logger)
            let handle = try await queue.enqueue(Effect())
            let taker = try await other.register(WorkerRegistration(name: "taker"))
            try await work(on: store) {
                try server.sql("UPDATE roost.lease SET until = 0")
                try await waitUntil("another worker has it") {
                    _ = try await other.reclaim()
                    let claim = try await other.claim(ClaimRequest(kinds: [Effect.kind], limit: 1), for: taker)
                    return !claim.jobs.isEmpty
                }
            } until: {
                try await waitUntil("the transaction has failed") { Effect.errors.withLock { !$0.isEmpty } }
            }
            await store.close()

            let errors = Effect.errors.withLock { $0 }
            #expect(errors.map { $0 as? JobNotHeld } == [JobNotHeld(job: handle.id)])
            #expect(try server.sql("SELECT job FROM effects") == [])
            // What its worker told of its end counts for nothing.
            let job = try await queue.job(handle.id)
            #expect(job?.state == .running)
            #expect(job?.crashes == 1)
            await other.close()
        }
    }
}
