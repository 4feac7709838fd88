import PostgresSupport
import ProcessSupport
import RoostCore
import RoostPostgres
import StoreFaults
import Testing

extension FaultTests {
    @Suite("dies, and its standby takes its place") struct FailoverTests {
        private struct Pair {
            let primary: PostgresServer
            let standby: PostgresServer

            /// A commit is acknowledged once the standby has it.
            init() async throws {
                primary = try await PostgresServer.start(.init(lines: ["synchronous_standby_names = '*'"]))
                standby = try await PostgresServer.start(.init(standbyOf: primary))
            }

            var run: FaultRun<PostgresSubject> {
                let hosts = "127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)"
                let subject = PostgresSubject(
                    url: "postgres://postgres@\(hosts)/postgres",
                    server: { [self] in
                        primary.isRunning ? primary : standby
                    }
                )
                return FaultRun(subject)
            }
        }

        @Test("which has all that was acknowledged, where commits wait for it")
        func synchronous() async throws {
            let pair = try await Pair()
            try await pair.run.disturbed { run in
                try await run.waitForEffects(more: 100)
                pair.primary.kill()
                try await pair.standby.promote()
            }
        }

        @Test("and had been away before: what it had not is not acknowledged, however often it is sent")
        func away() async throws {
            let pair = try await Pair()
            let run = pair.run
            try await run.disturbed { run in
                pair.standby.kill()
                // Nothing is acknowledged any more, though each commit is on the primary's disk.
                try await Task.sleep(for: .seconds(2))
                pair.primary.kill()
                try await pair.standby.restart()
                try await pair.standby.promote()
            }
            #expect(run.failures.contains { $0.code == .unavailable })
        }

        @Test("and is away: what is sent again, and was committed by its primary alone, is not acknowledged")
        func sentAgain() async throws {
            let pair = try await Pair()
            // One for what is to succeed, and one for what is to fail.
            let store = try await PostgresStore("\(pair.primary.url)?timeout=10", logger: CapturedLog().logger)
            var opened: PostgresStore?
            try await waitUntil("a store that waits for a short time only is open") {
                opened = try? await PostgresStore("\(pair.primary.url)?timeout=0.5", logger: CapturedLog().logger)
                return opened != nil
            }
            let impatient = try #require(opened)
            let worker = try await store.register(WorkerRegistration(name: "w"))
            _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "k")]))
            let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 1), for: worker)
            let job = try #require(claim.jobs.first)
            let end = SettleItem(
                job: job.id,
                token: job.token,
                end: .succeeded(output: nil),
                startedAt: .init(microseconds: 1)
            )
            let batch = EnqueueBatch(jobs: [NewJob(kind: "k")])
            let action = ActionRequest(.cancel(batch.jobs[0].id))

            pair.standby.kill()
            var rounds = 0
            try await waitUntil("the primary alone has the end of the job", within: .seconds(60)) {
                let calls: [(name: String, make: () async throws -> Void)] = [
                    ("enqueue", { _ = try await impatient.enqueue(batch) }),
                    ("settle", { _ = try await impatient.settle([end], for: worker) }),
                    ("cancel", { _ = try await impatient.perform(action) }),
                ]
                for call in calls {
                    let error = await #expect(throws: StoreError.self, "\(call.name)") { try await call.make() }
                    #expect(error?.code == .unavailable)
                }
                rounds += 1
                return try rounds >= 3 && pair.primary.sql("SELECT count(*) FROM roost.done") == [["1"]]
            }
            try await pair.standby.restart()
            #expect(try await store.enqueue(batch).items == [.stored])
            #expect(try await store.settle([end], for: worker) == [.already])
            #expect(try await store.perform(action).result == .done)
            await impatient.close()
            await store.close()
        }

        @Test("and is the first of its URL, and takes no writes: the second is found")
        func standbyFirst() async throws {
            let primary = try await PostgresServer.start()
            let standby = try await PostgresServer.start(.init(standbyOf: primary))
            let hosts = "127.0.0.1:\(standby.port),127.0.0.1:\(primary.port)"
            let subject = PostgresSubject(url: "postgres://postgres@\(hosts)/postgres", server: { primary })
            try await FaultRun(subject).disturbed { run in try await run.waitForEffects(more: 50) }
        }
    }
}
