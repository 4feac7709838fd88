import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

/// Calls about many jobs, which the store moves many at a time: what is different about one of them must not be lost.
@Suite("Jobs that are moved in groups", .timeLimit(.minutes(1)))
struct GroupTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let worker: WorkerID
    let jobs = (0..<130).map { _ in NewJob(kind: "k") }

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file(), options: .init(synchronous: .off))
        worker = try await store.register(WorkerRegistration())
    }

    private func claimAll() async throws -> [SettleItem] {
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 500), for: worker)
        return claim.jobs.map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: store.time.now)
        }
    }

    private func states() async throws -> [JobState: Int] {
        try await store.counts().first?.byState ?? [:]
    }

    @Test("jobs that were sent before are stored once and counted once, wherever they stand among new ones")
    func resent() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: Array(jobs[10..<40])))
        let answer = try await store.enqueue(EnqueueBatch(jobs: jobs))
        #expect(answer.items == Array(repeating: .stored, count: 130))
        #expect(try await states() == [.ready: 130])
        let counted = try await DatabaseQueue(path: folder.file()).read {
            try Int.fetchOne($0, sql: "SELECT sum(enqueued) FROM roost_minute")
        }
        #expect(counted == 130)
    }

    @Test("a job that succeeded is not stored anew when it is sent again, alone or among others")
    func resentWhenDone() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        let items = try await claimAll()
        #expect(try await store.settle(items, for: worker) == Array(repeating: .applied, count: 130))
        let later = (0..<60).map { _ in NewJob(kind: "k") }
        _ = try await store.enqueue(EnqueueBatch(jobs: Array(later[..<30]) + jobs + Array(later[30...])))
        _ = try await store.enqueue(EnqueueBatch(jobs: [jobs[77]]))
        #expect(try await states() == [.ready: 60, .succeeded: 130])
    }

    @Test("they are claimed in the order in which they were enqueued, each once, and keep what they were given")
    func order() async throws {
        var batch = jobs
        for index in batch.indices {
            batch[index].payload = Payload(bytes: Data("\(index)".utf8))
            batch[index].headers = index % 7 == 0 ? ["trace": "\(index)"] : [:]
            batch[index].expiry = index % 11 == 0 ? .after(.seconds(3600)) : nil
        }
        _ = try await store.enqueue(EnqueueBatch(jobs: batch))
        let claimed = try await store.claim(ClaimRequest(kinds: ["k"], limit: 500), for: worker).jobs
        #expect(claimed.map(\.id) == jobs.map(\.id))
        for (index, job) in claimed.enumerated() {
            #expect(job.payload == batch[index].payload)
            #expect(job.headers == batch[index].headers)
            #expect((job.expiresAt != nil) == (index % 11 == 0))
            #expect(job.claims == 1)
        }
    }

    @Test("each end among many is its own: a retry, a failure, a stale one, an output, one that was settled before")
    func ends() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        var items = try await claimAll()
        #expect(try await store.settle([items[90]], for: worker) == [.applied])
        let failure = FailureRecord(reason: .error, message: "no")
        items[5].end = .retry(after: .zero, failure, usesRetry: true)
        items[40].end = .failed(failure)
        items[70].token = LeaseToken(999)
        items[110].end = .succeeded(output: Data("7".utf8))
        items[111].startedAt = nil
        let answers = try await store.settle(items, for: worker)
        for (index, answer) in answers.enumerated() {
            #expect(answer == (index == 70 ? .stale : index == 90 ? .already : .applied))
        }
        #expect(try await states() == [.ready: 1, .failed: 1, .running: 1, .succeeded: 127])
        let outcomes = try await store.outcomes(of: [jobs[110].id, jobs[109].id])
        #expect(outcomes.map { $0?.output } == [Data("7".utf8), nil])
        let attempts = try await store.snapshots(of: [jobs[110].id, jobs[111].id]).map { $0?.attempt }
        #expect(attempts == [1, 0])
        // The lease has one member left.
        #expect(try await store.settle(items, for: worker).filter { $0 == .already }.count == 129)
        _ = try await store.retire(worker)
        #expect(try await states() == [.ready: 2, .failed: 1, .succeeded: 127])
    }

    @Test("a job that was given a child while it ran frees it, though its row is not what the claim left")
    func childMeanwhile() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        let items = try await claimAll()
        let child = NewJob(kind: "child")
        let edge = NewEdge(parent: jobs[60].id, child: child.id, condition: .success, position: 0)
        _ = try await store.enqueue(EnqueueBatch(jobs: [child], edges: [edge]))
        let answer = try await store.exchange(Exchange(worker: worker, settle: items))
        #expect(answer.settled == Array(repeating: .applied, count: 130))
        #expect(answer.changes.map(\.job) == [child.id])
        #expect(try await store.snapshots(of: [child.id]).first??.state == .ready)
    }

    @Test("what another process took back meanwhile is stale, and only that")
    func takenBack() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        let items = try await claimAll()
        let other = try SQLiteStore(path: folder.file())
        #expect(try await other.retire(worker).count == 130)
        let next = try await other.register(WorkerRegistration())
        _ = try await other.claim(ClaimRequest(kinds: ["k"], limit: 50), for: next)
        #expect(try await store.settle(items, for: worker).allSatisfy { $0 != .applied })
        #expect(try await states() == [.ready: 80, .running: 50])
    }
}
