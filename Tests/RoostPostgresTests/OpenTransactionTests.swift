import ProcessSupport
import RoostCore
import RoostPostgresClient
import RoostTesting
import Testing

@testable import RoostPostgres

/// What others have not committed yet, or what a transaction does not see of them.
@Suite("A transaction that stays open")
struct OpenTransactionTests {
    private func sql(_ store: PostgresStore, _ text: String) -> [PostgresQuery] {
        [PostgresQuery(store.database.schema.render(text), prepared: false)]
    }

    @Test("keeps nobody from enqueueing the same kind, though it was the first to name it")
    func newNames() async throws {
        let store = try await TestServer.newStore()
        try await store.database.sessions.withSession { session in
            _ = try await session.run(sql(store, "BEGIN"))
            let other = sql(
                store,
                "SELECT roost.enqueue('k', '{}', '{\"id\": \"00000000-0000-7000-8000-000000000001\"}')"
            )
            _ = try await session.run(other)
            let job = NewJob(kind: "k")
            #expect(try await store.enqueue(EnqueueBatch(jobs: [job])).items == [.stored])
            let text = "SELECT roost.enqueue('k', '{}', '{\"id\": \"00000000-0000-7000-8000-000000000002\"}')"
            _ = try await store.database.run(sql(store, text))
            _ = try await session.run(sql(store, "COMMIT"))
        }
        let all = try await store.list(JobQuery(kind: "k"))
        #expect(all.count == 3)
        #expect(try await store.counts().map(\.byState) == [[.ready: 3]])
        let seen = try await store.database.run(sql(store, "SELECT count(*) FROM roost.jobs"))[0]
        #expect(try seen.int64(0, 0) == 3, "each once, though its lane was written down twice")
        _ = try await store.prune()
        let lanes = try await store.database.run(sql(store, "SELECT count(*) FROM roost.lane"))[0]
        #expect(try lanes.int64(0, 0) == 1)
        await store.close()
    }

    @Test(
        "ends its job at any isolation, though the lease was extended since it began",
        arguments: [.readCommitted, .repeatableRead, .serializable] as [PostgresIsolation]
    )
    func isolation(_ isolation: PostgresIsolation) async throws {
        let time = TestTimeSource()
        let store = try await TestServer.newStore(time: time)
        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "k"), NewJob(kind: "k")]))
        let worker = try await store.register(WorkerRegistration(name: "w"))
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 2, lease: .seconds(10)), for: worker)
        let job = try #require(claim.jobs.first)
        let rest = try #require(claim.jobs.last)
        try await store.database.sessions.withSession { session in
            _ = try await session.run(sql(store, "BEGIN ISOLATION LEVEL \(isolation.sql)"))
            _ = try await session.run(sql(store, "SELECT count(*) FROM roost.job"))
            _ = try await store.extend([job.token], of: worker, by: .seconds(20))
            let text = "SELECT roost.complete('\(job.id)', \(job.token.number), NULL, NULL)"
            _ = try await session.run(sql(store, text))
            _ = try await session.run(sql(store, "COMMIT"))
        }
        let ends = [job, rest].map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: time.now)
        }
        #expect(try await store.settle(ends, for: worker) == [.already, .applied])
        time.advance(by: .seconds(30))
        #expect(try await store.reclaim().changes == [])
        let leases = try await store.database.run(sql(store, "SELECT count(*) FROM roost.lease"))[0]
        #expect(try leases.int64(0, 0) == 0)
        await store.close()
    }

    @Test("does not stop a worker, though it stored a job anew that had succeeded since its first statement")
    func storedAnew() async throws {
        let store = try await TestServer.newStore()
        let worker = try await store.register(WorkerRegistration(name: "w"))
        let job = NewJob(kind: "k")
        func work() async throws -> [SettleAnswer] {
            let jobs = try await store.claim(ClaimRequest(kinds: ["k"], limit: 2), for: worker).jobs
            let ends = jobs.map {
                SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: store.time.now)
            }
            return try await store.settle(ends, for: worker)
        }
        _ = try await store.enqueue(EnqueueBatch(jobs: [job]))
        try await store.learnLanes()
        try await store.database.sessions.withSession { session in
            _ = try await session.run(sql(store, "BEGIN ISOLATION LEVEL REPEATABLE READ"))
            _ = try await session.run(sql(store, "SELECT count(*) FROM roost.job"))
            #expect(try await work() == [.applied])
            _ = try await session.run(sql(store, "SELECT roost.enqueue('k', '{}', '{\"id\": \"\(job.id)\"}')"))
            _ = try await session.run(sql(store, "COMMIT"))
        }
        // At this isolation Postgres cannot tell; it runs once more.
        #expect(try await work() == [.applied])
        #expect(try await store.snapshots(of: [job.id])[0]?.state == .succeeded)
        await store.close()
    }

    @Test(
        "that settles a job holds up no settle of another one of its lease, and the last of both takes the lease away"
    )
    func sharedLease() async throws {
        let store = try await TestServer.newStore()
        let worker = try await store.register(WorkerRegistration(name: "w"))
        _ = try await store.enqueue(EnqueueBatch(jobs: (0..<3).map { _ in NewJob(kind: "k") }))
        let jobs = try await store.claim(ClaimRequest(kinds: ["k"], limit: 3), for: worker).jobs
        try #require(jobs.count == 3)
        func success(_ job: ClaimedJob) -> SettleItem {
            SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: store.time.now)
        }
        _ = try await store.settle([success(jobs[0])], for: worker)
        try await store.database.sessions.withSession { session in
            let first = "SELECT roost.complete('\(jobs[1].id)', \(jobs[1].token.number), NULL, NULL)"
            _ = try await session.run(sql(store, "BEGIN") + sql(store, first))
            // It waits with the lease's row alone, at its end.
            async let second = store.settle([success(jobs[2])], for: worker)
            let waits = """
                SELECT count(*) FROM pg_stat_activity
                WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))
                    AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = pg_stat_activity.pid AND l.locktype = 'transactionid' AND NOT granted)
                """
            try await waitUntil("the second waits to count the lease down") {
                try await session.run(sql(store, waits))[0].int64(0, 0) == 1
            }
            _ = try await session.run(sql(store, "COMMIT"))
            #expect(try await second == [.applied])
        }
        let leases = try await store.database.run(sql(store, "SELECT count(*) FROM roost.lease"))[0]
        #expect(try leases.int64(0, 0) == 0)
        await store.close()
    }

    @Test("and claims from several lanes has others ask again soon for what it leaves")
    func leftOver() async throws {
        let store = try await TestServer.newStore()
        let worker = try await store.register(WorkerRegistration(name: "w"))
        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "a"), NewJob(kind: "b"), NewJob(kind: "b")]))
        try await store.learnLanes()
        let all = ClaimRequest(kinds: ["a", "b"], limit: 10)
        let call = PostgresStore.ClaimCall(
            ClaimRequest(kinds: ["a", "b"], limit: 1),
            as: try #require(store.claimCalls.begin(WorkerID(7))),
            store
        )
        try await store.database.sessions.withSession { session in
            let claim = call.query(for: WorkerID(7), places: call.begin())
            let taken = try await session.run(sql(store, "BEGIN") + [claim])
            #expect(taken[1].rowCount == 1)
            let empty = try await store.claim(all, for: worker)
            #expect(empty.jobs.isEmpty)
            #expect(try #require(empty.nextDue) <= .milliseconds(20))
            _ = try await session.run(sql(store, "COMMIT"))
            call.end([:])
        }
        let rest = try await store.claim(all, for: worker)
        #expect(rest.jobs.count == 2)
        #expect(rest.nextDue == nil)
        await store.close()
    }

    @Test("does not keep others from adding up the minutes")
    func minutes() async throws {
        let time = TestTimeSource()
        let store = try await TestServer.newStore(time: time)
        _ = try await store.enqueue(EnqueueBatch(jobs: [NewJob(kind: "k", retention: .seconds(300))]))
        let worker = try await store.register(WorkerRegistration(name: "w"))
        let jobs = try await store.claim(ClaimRequest(kinds: ["k"], limit: 2), for: worker).jobs
        let ends = jobs.map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: time.now)
        }
        _ = try await store.settle(ends, for: worker)
        time.advance(by: .seconds(600))
        try await store.database.sessions.withSession { session in
            _ = try await session.run(sql(store, "BEGIN"))
            let held = "UPDATE roost.minute SET enqueued = enqueued WHERE succeeded > 0"
            _ = try await session.run(sql(store, held))
            #expect(try await store.prune() == 1, "which also does what is not about jobs")
            _ = try await session.run(sql(store, "ROLLBACK"))
        }
        #expect(try await store.prune() == 0)
        let left = try await store.database.run(sql(store, "SELECT count(*) FROM roost.minute WHERE backend <> 0"))[0]
        #expect(try left.int64(0, 0) == 0)
        await store.close()
    }
}
