import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

@Suite("Errors of the SQLite store", .timeLimit(.minutes(1)))
struct ErrorTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a file that is no database is foreign")
    func foreign() async throws {
        try Data(repeating: 65, count: 8192).write(to: URL(fileURLWithPath: folder.file()))
        let error = try await storeError { _ = try SQLiteStore(path: folder.file()) }
        #expect(error.code == .foreign)
        #expect(error.message.contains("test.db"))
    }

    @Test("a table roost_meta that is not Roost's is foreign")
    func foreignMeta() async throws {
        let pool = try DatabasePool(path: folder.file())
        try await pool.write { try $0.execute(sql: "CREATE TABLE roost_meta (key TEXT, value TEXT)") }
        let error = try await storeError { _ = try SQLiteStore(pool) }
        #expect(error.code == .foreign)
    }

    @Test("a newer schema is refused, with both versions")
    func newerSchema() async throws {
        let store = try SQLiteStore(path: folder.file())
        await store.close()
        let queue = try DatabaseQueue(path: folder.file())
        try await queue.write { try $0.execute(sql: "UPDATE roost_meta SET value = 99 WHERE key = 'schema'") }
        try queue.close()
        let error = try await storeError { _ = try SQLiteStore(path: folder.file()) }
        #expect(error.code == .newerSchema)
        #expect(error.message.contains("99") && error.message.contains("up to 1"))
    }

    @Test("a folder that does not exist is named")
    func missingFolder() async throws {
        let error = try await storeError { _ = try SQLiteStore(path: folder.path + "/none/test.db") }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("/none/test.db"))
    }

    @Test("a database opened for reading only is readOnly")
    func readOnly() async throws {
        try await SQLiteStore(path: folder.file()).close()
        let queue = try DatabaseQueue(path: folder.file())
        let store = try SQLiteStore(queue)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA query_only = 1") }
        let error = try await storeError { _ = try await store.enqueueOne() }
        #expect(error.code == .readOnly)
        #expect(error.message.contains("writable"))
    }

    @Test(
        "a file and folder without permission to write are readOnly",
        .disabled(if: geteuid() == 0, "root may write anything")
    )
    func noPermission() async throws {
        try await SQLiteStore(path: folder.file()).close()
        chmod(folder.file(), 0o400)
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        let error = try await storeError {
            let store = try SQLiteStore(path: folder.file())
            _ = try await store.enqueueOne()
        }
        #expect(error.code == .readOnly)
    }

    @Test("a damaged file is corrupt")
    func corrupt() async throws {
        let store = try SQLiteStore(path: folder.file())
        _ = try await store.enqueue(EnqueueBatch(jobs: (0..<2000).map { _ in NewJob(kind: "k") }))
        await store.close()
        // So that the pages are in the file itself and no copy of them is left in the WAL.
        let other = try DatabaseQueue(path: folder.file())
        _ = try await other.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        try other.close()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.file()))
        let size = try file.seekToEnd()
        // All but the first page, which holds the schema.
        for offset in stride(from: UInt64(4096 * 50), to: size, by: 4096) {
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data(repeating: 0xA5, count: 4096))
        }
        try file.close()
        let again = try SQLiteStore(path: folder.file())
        let error = try await storeError { _ = try await again.list(JobQuery(limit: 5000)) }
        #expect(error.code == .corrupt)
    }

    @Test("a full disk stores nothing of the call, and the next one succeeds once there is room")
    func full() async throws {
        let queue = try DatabaseQueue(path: folder.file())
        let store = try SQLiteStore(queue)
        let pages = try await queue.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? 0 }
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(pages + 20)") }
        let big = EnqueueBatch(
            jobs: (0..<100).map { _ in NewJob(kind: "k", payload: Payload(bytes: Data(repeating: 1, count: 4000))) }
        )
        let error = try await storeError { _ = try await store.enqueue(big) }
        #expect(error.code == .full)
        #expect(error.isTransient)
        #expect(try await store.list(JobQuery()).isEmpty)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = 100000") }
        _ = try await store.enqueue(big)
        #expect(try await store.list(JobQuery(limit: 1000)).count == 100)
    }

    @Test("another program's transaction makes the store busy after busyTimeout, which the message tells")
    func busy() async throws {
        let store = try SQLiteStore(path: folder.file(), options: .init(busyTimeout: .milliseconds(50)))
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let other = try DatabaseQueue(path: folder.file(), configuration: configuration)
        try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        let error = try await storeError { _ = try await store.enqueueOne() }
        #expect(error.code == .busy)
        #expect(error.message.contains("50 ms"))
        try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
        _ = try await store.enqueueOne()
        #expect(try await store.list(JobQuery()).count == 1)
    }

    @Test("a closed store says so")
    func closed() async throws {
        let store = try SQLiteStore(path: folder.file())
        let changes = store.changes(of: .all)
        await store.close()
        await store.close()
        #expect(try await storeError { _ = try await store.counts() }.code == .closed)
        #expect(try await storeError { _ = try await store.enqueueOne() }.code == .closed)
        #expect(await changes.next() == nil)
    }

    @Test("a rejected batch stores nothing")
    func rejected() async throws {
        let store = try SQLiteStore(path: folder.file())
        let jobs = [NewJob(kind: "a"), NewJob(kind: "b")]
        let edge = NewEdge(parent: JobID(), child: jobs[1].id, condition: .success, position: 0)
        let error = try await storeError { _ = try await store.enqueue(EnqueueBatch(jobs: jobs, edges: [edge])) }
        #expect(error.code == .rejected)
        #expect(error.item == 1)
        #expect(try await store.list(JobQuery()).isEmpty)
    }

    @Test("a row that cannot be read, or counts beyond reason, holds up no other job of the claim (invariant 11)")
    func badRow() async throws {
        let queue = try DatabaseQueue(path: folder.file())
        let store = try SQLiteStore(queue)
        let worker = try await store.register(WorkerRegistration())
        let jobs = (0..<3).map { _ in NewJob(kind: "k") }
        _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
        try await queue.write { db in
            try db.execute(sql: "UPDATE roost_job SET headers = x'7B' WHERE seq = 1")
            try db.execute(
                sql: """
                    UPDATE roost_job SET claims = 9223372036854775807, attempt = 9223372036854775807,
                    failures = -9223372036854775808, priority = -9223372036854775808 WHERE seq = 2
                    """
            )
        }
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 10), for: worker)
        #expect(claim.jobs.map(\.id) == [jobs[0].id, jobs[2].id, jobs[1].id])
        #expect(claim.jobs.map(\.verdict) == [.unreadable, .run, .run])
        let record = FailureRecord(reason: .undecodable, message: "a test")
        let ends: [JobEnd] = [.failed(record), .succeeded(output: nil), .failed(record)]
        let now = store.time.now
        let items = zip(claim.jobs, ends).map {
            SettleItem(job: $0.id, token: $0.token, end: $1, startedAt: $0.verdict == .run ? now : nil)
        }
        #expect(try await store.settle(items, for: worker) == [.applied, .applied, .applied])
        // Whoever is called looks here first.
        try await queue.write { try $0.execute(sql: "UPDATE roost_job SET failure = x'7B' WHERE seq = 2") }
        let found = try await store.list(JobQuery())
        #expect(Set(found.map(\.id)) == Set(jobs.map(\.id)))
        let failure = try await store.outcomes(of: [jobs[1].id])[0]?.failure
        #expect(failure?.reason == .undecodable)
        #expect(failure?.message.hasPrefix("how it ended cannot be read") == true)
    }
}
