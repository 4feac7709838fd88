import Foundation
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

@Suite("Several processes on one file", .serialized, .timeLimit(.minutes(1)))
struct ProcessTests {
    let folder: TemporaryFolder
    let store: SQLiteStore

    init() throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(path: folder.file(), options: .init(busyTimeout: .seconds(2)))
    }

    @Test("a worker killed with kill -9 is noticed at once, and its jobs go back though their lease has an hour left")
    func death() async throws {
        let job = try await store.enqueueOne()
        let other = try OtherProcess("hold", folder.file())
        #expect(try other.line() == "holding 1")
        let deaths = store.changes(of: .death)
        #expect(try await store.reclaim().changes.isEmpty)
        let start = ContinuousClock.now
        other.kill()
        #expect(await deaths.next() == .death)
        let advance = try await store.reclaim()
        // A loaded machine may take seconds; the lease alone would take an hour.
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(advance.changes.map(\.job) == [job])
        #expect(advance.changes.map(\.reason) == [.crashed])
        #expect(try await store.workers().isEmpty)
    }

    @Test("a commit in another process wakes this one within milliseconds")
    func wakes() async throws {
        let other = try OtherProcess("enqueue", folder.file())
        #expect(try other.line() == "ready")
        var waits: [Double] = []
        let changes = store.changes(of: .ready)
        for _ in 0..<50 {
            try await Task.sleep(for: .milliseconds(5))
            try other.say("go")
            _ = await changes.next()
            let woken = store.time.uptime.wholeMicroseconds
            let line = try other.line()
            let committed = try #require(Int64(line.split(separator: " ").last ?? ""))
            waits.append(Double(woken - committed) / 1000)
        }
        waits.sort()
        print("commit to wake-up across processes, ms: p50 \(waits[25]), p98 \(waits[48])")
        // A poll alone would take 125 ms in the middle.
        #expect(waits[25] < 100)
    }

    @Test("while another process drains a queue, this one's enqueues wait for their turn and no longer")
    func fairness() async throws {
        _ = try await store.enqueue(EnqueueBatch(jobs: (0..<5000).map { _ in NewJob(kind: "drained") }))
        let others = [try OtherProcess("drain", folder.file()), try OtherProcess("drain", folder.file())]
        for other in others { #expect(try other.line() == "draining") }
        var waits: [Duration] = []
        for _ in 0..<40 {
            let start = ContinuousClock.now
            _ = try await store.enqueueOne()
            waits.append(ContinuousClock.now - start)
            try await Task.sleep(for: .milliseconds(5))
        }
        for other in others { other.kill() }
        waits.sort()
        print("enqueue beside two that drain: p50 \(waits[20]), max \(waits[39])")
        // Without turns the middle one alone waits up to a second.
        #expect(waits[20] < .milliseconds(500))
    }

    @Test("a process frozen in its turn, or in line for it, delays this one for a while and does not stop it")
    func frozen() async throws {
        for place in ["turn", "wait"] {
            let other = try OtherProcess("freeze-in-\(place)", folder.file())
            #expect(try other.line() == "frozen")
            let start = ContinuousClock.now
            for _ in 0..<20 { _ = try await store.enqueueOne() }
            // The first waits for a second, half of its patience; if each did, it would take twenty.
            #expect(ContinuousClock.now - start < .seconds(15))
            other.kill()
            for _ in 0..<20 { _ = try await store.enqueueOne() }
        }
        #expect(try await store.counts().map(\.byState) == [[.ready: 80]])
    }
}
