import RoostCore
import Testing

@testable import RoostRedis

/// Calls that were given up, and reach the server nevertheless: out of a network that stood still.
@Suite("A call that comes after it was given up")
struct LateCallTests {
    private let request = ClaimRequest(kinds: ["work"], limit: 1)

    /// A store with three jobs, and a worker.
    private func open() async throws -> (RedisStore, WorkerID) {
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

    @Test("tokens rise also where the server has lost the last one, and its clock is behind")
    func lostToken() async throws {
        let (store, worker) = try await open()
        let known = LeaseToken(4_000_000_000_000_000)
        let call = try #require(store.claimCalls.begin(worker))
        store.claimCalls.succeeded(worker, call, known)
        let token = try #require(try await store.claim(request, for: worker).token)
        #expect(token == LeaseToken(known.number + 1))
        await store.close()
    }
}
