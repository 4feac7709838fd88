import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

@Suite("Jobs in the user's own transaction", .timeLimit(.minutes(1)))
struct TransactionTests {
    let folder: TemporaryFolder
    let pool: DatabasePool
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        pool = try DatabasePool(path: folder.file())
        try pool.write { try $0.execute(sql: "CREATE TABLE user (name TEXT)") }
        store = try SQLiteStore(pool)
    }

    private struct Abort: Error {}

    @Test("a rollback leaves nothing, and wakes nobody")
    func rollback() async throws {
        let batch = EnqueueBatch(jobs: [NewJob(kind: "k")])
        await #expect(throws: Abort.self) {
            try await pool.write { [store] db in
                try db.execute(sql: "INSERT INTO user VALUES ('a')")
                try store.insert(batch, in: db)
                throw Abort()
            }
        }
        #expect(try await store.snapshots(of: batch.jobs.map(\.id)) == [nil])
        // The kind's number was rolled back with it; a number kept in memory would now point nowhere.
        _ = try await store.enqueueOne()
        let worker = try await store.register(WorkerRegistration())
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 10), for: worker)
        #expect(claim.jobs.map(\.kind) == ["k"])
    }

    @Test("a commit stores the user's rows and the jobs together, and rings")
    func commit() async throws {
        let changes = store.changes(of: .ready)
        let batch = EnqueueBatch(jobs: [NewJob(kind: "k")])
        try await pool.write { [store] db in
            try db.execute(sql: "INSERT INTO user VALUES ('a')")
            try store.insert(batch, in: db)
        }
        #expect(await changes.next() == .ready)
        #expect(try await store.snapshots(of: batch.jobs.map(\.id)).first??.state == .ready)
    }

    @Test("a rejected batch leaves the user's transaction as it was before")
    func rejected() async throws {
        let job = NewJob(kind: "k")
        let edge = NewEdge(parent: JobID(), child: job.id, condition: .success, position: 0)
        try await pool.write { [store] db in
            try db.execute(sql: "INSERT INTO user VALUES ('a')")
            #expect(throws: StoreError.self) { try store.insert(EnqueueBatch(jobs: [job], edges: [edge]), in: db) }
            try db.execute(sql: "INSERT INTO user VALUES ('b')")
        }
        #expect(try await pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM user") } == 2)
        #expect(try await store.list(JobQuery()).isEmpty)
    }

    @Test("outside of a transaction the batch is one of its own")
    func alone() async throws {
        let changes = store.changes(of: .ready)
        let batch = EnqueueBatch(jobs: [NewJob(kind: "k"), NewJob(kind: "k")])
        _ = try await pool.writeWithoutTransaction { [store] db in try store.insert(batch, in: db) }
        #expect(await changes.next() == .ready)
        #expect(try await store.list(JobQuery()).count == 2)
    }

    @Test("the user's tables stay as they are")
    func tables() async throws {
        let names = try await pool.read { db in
            try String.fetchAll(
                db,
                sql: "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'roost_%'"
            )
        }
        #expect(names == ["user"])
    }
}
