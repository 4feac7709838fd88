import ProcessSupport
import RoostCore
import RoostPostgresClient
import Testing

@testable import RoostPostgres

/// Calls that were given up, and reach the server nevertheless: out of a network that stood still.
@Suite("A call that comes after it was given up")
struct LateCallTests {
    private let request = ClaimRequest(kinds: ["work"], limit: 1)

    /// A store with three jobs, and a worker.
    private func open() async throws -> (PostgresStore, WorkerID) {
        let store = try await TestServer.newStore()
        _ = try await store.enqueue(EnqueueBatch(jobs: (0..<3).map { _ in NewJob(kind: "work") }))
        return (store, try await store.register(WorkerRegistration(name: "w")))
    }

    @Test("a claim hands out nothing, once the worker gave back what it may have been handed out")
    func claim() async throws {
        let (store, worker) = try await open()
        let lost = try #require(store.claimCalls.begin(worker))
        store.claimCalls.failed(worker, lost)
        #expect(try await store.claim(request, for: worker).jobs.count == 1)
        let late = try await store.settleAndClaim(Exchange(worker: worker, claim: request), as: lost)
        #expect(late.claim == Claim())
        #expect(try await store.counts().map(\.byState) == [[.ready: 2, .running: 1]])
        await store.close()
    }

    @Test("a claim of a worker that took its leave hands out nothing")
    func retired() async throws {
        let (store, worker) = try await open()
        let lost = try #require(store.claimCalls.begin(worker))
        _ = try await store.retire(worker)
        let late = try await store.settleAndClaim(Exchange(worker: worker, claim: request), as: lost)
        #expect(late.claim == Claim())
        #expect(try await store.counts().map(\.byState) == [[.ready: 3]])
        await store.close()
    }

    @Test("what gave back lost claims takes nothing back that was claimed since")
    func giveBack() async throws {
        let (store, worker) = try await open()
        let lost = try #require(store.claimCalls.begin(worker))
        store.claimCalls.failed(worker, lost)
        let giving = try #require(store.claimCalls.beginGivingBack(worker))
        try await store.giveBack(giving, of: worker)
        store.claimCalls.endGivingBack(worker, isDone: true)
        let job = try #require(try await store.claim(request, for: worker).jobs.first)
        try await store.giveBack(giving, of: worker)
        let end = SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: store.time.now)
        #expect(try await store.settle([end], for: worker) == [.applied])
        await store.close()
    }

    @Test("tokens rise also where the server has lost the last ones")
    func lostTokens() async throws {
        let (store, worker) = try await open()
        let token = try #require(try await store.claim(request, for: worker).token)
        let known = LeaseToken(token.number + 1000)
        let call = try #require(store.claimCalls.begin(worker))
        store.claimCalls.succeeded(worker, call, known)
        let next = try #require(try await store.claim(request, for: worker).token)
        #expect(next > known)
        await store.close()
    }

    @Test("a claim that the server has not ended yet is waited for, and what it hands out given back")
    func underWay() async throws {
        let (store, worker) = try await open()
        // The lane is learnt.
        _ = try await store.claim(ClaimRequest(kinds: ["work"], limit: 0), for: worker)
        let lost = try #require(store.claimCalls.begin(worker))
        let call = PostgresStore.ClaimCall(request, as: lost, store)
        let late = [PostgresQuery("BEGIN", prepared: false), call.query(for: worker, places: call.begin())]
        try await store.database.sessions.withSession { session in
            #expect(try await session.run(late)[1].rowCount == 1)
            store.claimCalls.failed(worker, lost)
            async let next = store.claim(ClaimRequest(kinds: ["work"], limit: 10), for: worker)
            let waits = """
                SELECT count(*) FROM pg_locks l JOIN pg_locks h USING (locktype, classid, objid, objsubid)
                WHERE l.locktype = 'advisory' AND NOT l.granted AND h.granted AND h.pid = pg_backend_pid()
                """
            try await waitUntil("the next claim waits for the lock") {
                try await session.run([PostgresQuery(waits, prepared: false)])[0].int64(0, 0) == 1
            }
            _ = try await session.run([PostgresQuery("COMMIT", prepared: false)])
            call.end([:])
            #expect(try await next.jobs.map(\.claims).sorted() == [1, 1, 2])
        }
        await store.close()
    }
}
