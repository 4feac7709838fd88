import RoostCore
import Testing

@testable import RoostSQLite

@Suite("Whom a call of the SQLite store wakes")
struct WakeTopicTests {
    let store: SQLiteStore
    let worker: WorkerID

    init() async throws {
        store = try SQLiteStore(path: ":memory:")
        worker = try await store.register(WorkerRegistration())
    }

    /// Settles a job whose child is of the kind `child`, and claims jobs of the kind `k` in the same call.
    private func topics(child: String, limit: Int = 10) async throws -> WakeTopics {
        let jobs = [NewJob(kind: "k"), NewJob(kind: child)]
        let edge = NewEdge(parent: jobs[0].id, child: jobs[1].id, condition: .success, position: 0)
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs, edges: [edge]))
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 1), for: worker)
        let token = try #require(claim.token)
        let end = SettleItem(job: jobs[0].id, token: token, end: .succeeded(output: nil), startedAt: store.time.now)
        let request = Exchange(worker: worker, settle: [end], claim: ClaimRequest(kinds: ["k"], limit: limit))
        return try await store.connection.write { transaction in
            var request = request
            _ = try transaction.exchange(&request)
            try transaction.finish()
            return transaction.topics
        }
    }

    @Test("nobody for a job that the same call claims")
    func claimedAtOnce() async throws {
        #expect(try await topics(child: "k") == .settled)
    }

    @Test("workers for a job that it makes ready and does not claim", arguments: [("other", 10), ("k", 0)])
    func left(child: String, limit: Int) async throws {
        #expect(try await topics(child: child, limit: limit) == [.settled, .ready])
    }
}
