import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

@Suite("Two stores on one file", .timeLimit(.minutes(1)))
struct SharedFileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a commit of one wakes the other, for the topics it asked for")
    func wakes() async throws {
        let one = try SQLiteStore(path: folder.file())
        let two = try SQLiteStore(path: folder.file())
        let changes = one.changes(of: .ready)
        let settled = one.changes(of: .settled)
        _ = try await two.enqueueOne()
        #expect(await changes.next() == .ready)
        let worker = try await one.register(WorkerRegistration())
        let job = try #require(try await one.claim(ClaimRequest(kinds: ["k"], limit: 1), for: worker).jobs.first)
        let item = SettleItem(job: job.id, token: job.token, end: .succeeded(output: nil), startedAt: one.time.now)
        #expect(try await two.settle([item], for: worker) == [.applied])
        #expect(await settled.next()?.contains(.settled) == true)
    }

    @Test("each sees what the other stored, and never the same job twice")
    func claims() async throws {
        let stores = [try SQLiteStore(path: folder.file()), try SQLiteStore(path: folder.file())]
        _ = try await stores[0].enqueue(EnqueueBatch(jobs: (0..<500).map { _ in NewJob(kind: "k") }))
        let claimed = try await withThrowingTaskGroup(of: [JobID].self) { group in
            for store in stores {
                group.addTask {
                    let worker = try await store.register(WorkerRegistration())
                    var ids: [JobID] = []
                    while true {
                        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 7), for: worker)
                        if claim.jobs.isEmpty { return ids }
                        ids += claim.jobs.map(\.id)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 500)
        #expect(Set(claimed).count == 500)
    }

    @Test("ten that open a new file at once all succeed")
    func opening() async throws {
        let path = folder.file()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask { _ = try await SQLiteStore(path: path).enqueueOne() }
            }
            try await group.waitForAll()
        }
        let store = try SQLiteStore(path: path)
        #expect(try await store.list(JobQuery()).count == 10)
    }

    @Test("what was stored is there when the file is opened again, under the same epoch")
    func reopens() async throws {
        let first = try SQLiteStore(path: folder.file())
        let job = try await first.enqueueOne()
        await first.close()
        let second = try SQLiteStore(path: folder.file())
        #expect(try await second.snapshots(of: [job]).first??.kind == "k")
    }

    @Test("a claim of a worker on another boot of the machine has ended")
    func otherBoot() async throws {
        let pool = try DatabasePool(path: folder.file())
        let store = try SQLiteStore(pool)
        let job = try await store.enqueueOne()
        let worker = try await store.register(WorkerRegistration())
        _ = try await store.claim(ClaimRequest(kinds: ["k"], limit: 1, lease: .seconds(3600)), for: worker)
        #expect(try await store.reclaim().changes.isEmpty)
        try await pool.write { try $0.execute(sql: "UPDATE roost_lease SET boot = 'before'") }
        #expect(try await store.reclaim().changes.map(\.job) == [job])
    }

    @Test("a store in memory works without a file")
    func inMemory() async throws {
        let store = try SQLiteStore(path: ":memory:")
        _ = try await store.enqueueOne()
        #expect(try await store.counts().first?.byState == [.ready: 1])
        await store.close()
    }
}
