import Foundation
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite("Long calls while another process waits for a short one", .timeLimit(.minutes(1)))
struct PatienceTests {
    let folder: TemporaryFolder
    let store: SQLiteStore
    let worker: WorkerID

    init() async throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file(), options: .init(synchronous: .off))
        worker = try await store.register(WorkerRegistration())
        _ = try await store.enqueue(EnqueueBatch(jobs: (0..<3000).map { _ in NewJob(kind: "k") }))
    }

    /// As another process does while it stands in line, for as long as the test needs.
    private func standInLine() throws -> FileHandle {
        let file = try #require(FileHandle(forUpdatingAtPath: folder.file() + "-roost-live"))
        // Of the process, and so seen by the locks of open files within it.
        var lock = flock(l_type: Int16(F_RDLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 1, l_pid: 0)
        try #require(fcntl(file.fileDescriptor, F_SETLK, &lock) == 0)
        return file
    }

    @Test("a claim ends early and says so, and the next goes on where it ended")
    func claim() async throws {
        let file = try standInLine()
        var ids: [JobID] = []
        var cuts = 0
        while ids.count < 3000 {
            let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 3000), for: worker)
            ids += claim.jobs.map(\.id)
            if claim.isCut { cuts += 1 } else { break }
        }
        #expect(cuts > 0)
        #expect(ids.count == 3000)
        #expect(ids == ids.sorted { ($0.high, $0.low) < ($1.high, $1.low) })
        try file.close()
    }

    @Test("with nobody in line a claim is whole")
    func alone() async throws {
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 3000), for: worker)
        #expect(claim.jobs.count == 3000)
        #expect(!claim.isCut)
    }

    @Test("a settle of many is parted, and answered whole and in order")
    func settle() async throws {
        let claim = try await store.claim(ClaimRequest(kinds: ["k"], limit: 3000), for: worker)
        let file = try standInLine()
        var items = claim.jobs.map {
            SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: store.time.now)
        }
        // One among them that is not this worker's to settle.
        items[1500].token = LeaseToken(999)
        let answer = try await store.exchange(
            Exchange(worker: worker, settle: items, claim: ClaimRequest(kinds: ["k"], limit: 10))
        )
        #expect(answer.settled.count == 3000)
        #expect(answer.settled.indices.filter { answer.settled[$0] != .applied } == [1500])
        #expect(answer.claim?.jobs.isEmpty == true)
        #expect(try await store.counts().first?.byState == [.succeeded: 2999, .running: 1])
        // Several transactions, each with its own time of end.
        let ends = try await store.snapshots(of: items.map(\.job)).compactMap { $0?.finishedAt }
        #expect(Set(ends).count > 1)
        try file.close()
    }
}
