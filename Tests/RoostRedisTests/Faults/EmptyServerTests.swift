import Logging
import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import StoreFaults
import Testing

extension FaultTests {
    @Suite("comes back empty") struct EmptyServerTests {
        private func isReported(_ run: FaultRun<RedisSubject>) -> Bool {
            run.log.entries(with: "came back empty").contains { $0.level == .critical }
        }

        @Test("after FLUSHALL: that is reported, and new jobs run")
        func flush() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server)
            let lost = LossPeriod()
            try await run.disturbed(forgiving: lost) { _ in
                try server.probe().command("FLUSHALL")
                lost.endsNow()
                try await waitUntil("it is reported") { isReported(run) }
                try await run.waitForEffects(more: 50)
            }
        }

        @Test("after a restart without its data: that is reported, and new jobs run")
        func restart() async throws {
            let server = try await RedisServer.start(.init(appendOnly: nil))
            let run = FaultRun(on: server)
            let lost = LossPeriod()
            try await run.disturbed(forgiving: lost) { _ in
                server.kill()
                lost.endsNow()
                try await server.restart(keepsData: false)
                try await waitUntil("it is reported") { isReported(run) }
                try await run.waitForEffects(more: 50)
            }
        }

        @Test("and a worker that was there before is not taken for one that came later")
        func workerNumbers() async throws {
            let server = try await RedisServer.start()
            let old = try await RedisStore(server.url, logger: CapturedLog().logger)
            let oldWorker = try await old.register(WorkerRegistration(name: "old"))
            try server.probe().command("FLUSHALL")

            let new = try await RedisStore(server.url, logger: CapturedLog().logger)
            let newWorker = try await new.register(WorkerRegistration(name: "new"))
            #expect(newWorker != oldWorker)
            _ = try await new.enqueue(EnqueueBatch(jobs: [NewJob(kind: "k")]))
            let claim = try await new.claim(ClaimRequest(kinds: ["k"], limit: 1), for: newWorker)
            #expect(claim.jobs.count == 1)
            #expect(try await old.retire(oldWorker) == [])
            #expect(try await new.counts().map(\.byState) == [[.running: 1]])
            await old.close()
            await new.close()
        }
    }

    @Suite("comes back with older data") struct OlderDataTests {
        /// A server that has what it had when its last snapshot was made, as after a failover or a loss of the last second.
        @Test("and a kind that it has forgotten is not taken for another")
        func lanes() async throws {
            let server = try await RedisServer.start(.init(appendOnly: nil))
            let first = try await RedisStore(server.url, logger: CapturedLog().logger)
            _ = try await first.enqueue(EnqueueBatch(jobs: [NewJob(kind: "a")]))
            try server.probe().command("SAVE")
            _ = try await first.enqueue(EnqueueBatch(jobs: [NewJob(kind: "b")]))
            try await server.restart()

            let second = try await RedisStore(server.url, logger: CapturedLog().logger)
            _ = try await second.enqueue(EnqueueBatch(jobs: [NewJob(kind: "c")]))
            _ = try await first.enqueue(EnqueueBatch(jobs: [NewJob(kind: "b")]))
            for store in [first, second] {
                let kinds = try await store.list(JobQuery()).map(\.kind)
                #expect(kinds.sorted() == ["a", "b", "c"])
            }
            await first.close()
            await second.close()
        }

        @Test("and a worker that it has forgotten is not taken for one that came later")
        func workers() async throws {
            let server = try await RedisServer.start(.init(appendOnly: nil))
            let first = try await RedisStore(server.url, logger: CapturedLog().logger)
            try server.probe().command("SAVE")
            let forgotten = try await first.register(WorkerRegistration(name: "forgotten"))
            try await server.restart()
            #expect(try await first.register(WorkerRegistration(name: "new")) != forgotten)
            await first.close()
        }
    }
}
