import RoostCore
import RoostTesting
import Synchronization
import Testing

@Suite("A lease", .timeLimit(.minutes(1)))
struct LeaseTests {
    @Test("that was lost cancels its job, and what the job does later changes nothing")
    func lost() async throws {
        let time = TestTimeSource()
        let log = CapturedLog()
        let store = MemoryStore(time: time)
        let firstEnds = Gate()
        let stage = Stage.make { name in
            guard try JobContext.required.attempt == 1 else { return "second" }
            while !Task.isCancelled { await Task.yield() }
            // Its task is cancelled; a fresh one is not.
            try await Task { try await firstEnds.wait() }.value
            return "first"
        }
        try await withWorker(options: WorkerOptions(concurrency: 2), store: store, logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(stage())
            try await until { stage.played.count == 1 }
            // As when the machine was suspended for longer than the lease.
            time.advance(by: .seconds(31))
            try await withClock(time, sleepers: 3) {
                try await until { try await handle.status == .succeeded }
            }
            firstEnds.open()
            #expect(try await handle.value() == "second")
            let job = try await handle.snapshot
            #expect(job.attempt == 2)
            #expect(job.crashes == 1)
            #expect(try await store.attempts(of: handle.id).map(\.failure.reason) == [.crashed])
        }
        #expect(!log.entries(with: "leases were lost").isEmpty)
        #expect(stage.played.count == 2)
    }

    @Test("that cannot be extended ends for the worker before it does for the store")
    func notExtended() async throws {
        let time = TestTimeSource()
        let log = CapturedLog()
        let store = WatchedStore(
            MemoryStore(time: time),
            before: { call, _ in call == .extend ? StoreError(.unavailable, "no network") : nil }
        )
        let never = Gate()
        let stage = Stage.make { name in
            if try JobContext.required.attempt == 1 { try await never.wait() }
            return name
        }
        try await withWorker(options: WorkerOptions(concurrency: 2), store: store, logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(stage("again"))
            try await until { stage.played.count == 1 }
            try await withClock(time, sleepers: 3) {
                try await until { try await handle.status == .succeeded }
            }
            #expect(try await store.attempts(of: handle.id).map(\.failure.reason) == [.crashed])
        }
        #expect(log.entries(with: "leases were lost").count == 1)
        #expect(stage.played.count == 2)
    }

    @Test("whose last job was settled meanwhile is not called lost")
    func settledMeanwhile() async throws {
        let time = TestTimeSource()
        let log = CapturedLog()
        let stage = Stage.make()
        let store = MemoryStore(time: time)
        try await withWorker(store: store, logger: log.logger) { queue, _ in
            try await withClock(time, sleepers: 3) {
                let start = time.now
                while time.now < start + .seconds(120) {
                    _ = try await queue.enqueue(stage()).value()
                }
            }
        }
        #expect(log.entries(with: "leases were lost").isEmpty)
    }
}

@Suite("Jobs whose worker dies", .timeLimit(.minutes(1)))
struct CrashTests {
    /// Claims what is ready, as a worker that then dies, and takes it back when its lease is over.
    private func crash(_ store: MemoryStore, _ time: TestTimeSource) async throws -> Claim {
        let worker = try await store.register(WorkerRegistration(name: "dies"))
        let claim = try await store.claim(ClaimRequest(kinds: ["Act"], limit: 10), for: worker)
        time.advance(by: .seconds(31))
        while try await store.reclaim().hasMore {}
        return claim
    }

    @Test("run again, and their handles resolve")
    func again() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let stage = Stage.make { _ in "attempt \(try JobContext.required.attempt)" }
        let handle = try await JobQueue(store: store).enqueue(stage())
        #expect(try await crash(store, time).jobs.count == 1)
        try await withWorker(options: .patient(), store: store) { _, _ in
            let value = try await handle.value()
            #expect(value == "attempt 2")
        }
    }

    @Test("are taken back by a worker that lives, which says so")
    func takenBack() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let log = CapturedLog()
        let crashed = Journal<JobCrashed>()
        let stage = Stage.make()
        let queue = JobQueue(store: store)
        let handle = try await queue.enqueue(stage())
        let dead = try await store.register(WorkerRegistration(name: "dies"))
        _ = try await store.claim(ClaimRequest(kinds: ["Act"], limit: 10), for: dead)
        try await withWorker(options: .patient(), store: store, logger: log.logger) { queue, _ in
            queue.on(JobCrashed.self) { crashed.note($0) }
            try await withClock(time, sleepers: 3) {
                try await until { try await handle.status == .succeeded }
            }
            try await until { !crashed.entries.isEmpty }
        }
        #expect(crashed.entries.map(\.job.id) == [handle.id])
        #expect(crashed.entries.map(\.attempt) == [1])
        #expect(log.entries(with: "the job was taken back").first?.metadata["job"] == "\(handle.id)")
    }

    @Test("too often run alone; the one that crashed alone is set aside, the innocent finish")
    func poison() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let stage = Stage.make()
        let queue = JobQueue(store: store)
        let poison = try await queue.enqueue(stage("poison"))
        let innocent = try await queue.enqueue((0..<3).map { stage("innocent \($0)") })
        #expect(try await crash(store, time).jobs.count == 4)
        #expect(try await crash(store, time).jobs.count == 4)
        let alone = try await crash(store, time)
        #expect(alone.jobs.map(\.id) == [poison.id])
        #expect(alone.jobs.map(\.isSolo) == [true])
        try await withWorker(options: .patient(), store: store) { queue, _ in
            let failure = await #expect(throws: JobFailure.self) { try await poison.value() }
            #expect(failure?.state == .failed)
            #expect(failure?.reason == .poison)
            #expect(failure?.attempts == 3)
            #expect(failure?.history.map(\.failure.reason) == [.crashed, .crashed, .crashed, .poison])
            // Beside others, that may run together.
            let others = try await queue.enqueue((0..<10).map { stage("other \($0)") })
            for handle in innocent + others { _ = try await handle.value() }
            for handle in innocent { #expect(try await handle.snapshot.attempt == 3) }
        }
        #expect(!stage.played.contains("poison"))
        #expect(stage.played.count { $0.hasPrefix("innocent") } == 3)
    }

    @Test("and may have crashed it run alone in the worker")
    func solo() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let now = Occupancy()
        let stage = Stage.make { name in
            now.enter()
            for _ in 0..<20 { await Task.yield() }
            now.leave()
            return name
        }
        let handles = try await JobQueue(store: store).enqueue((0..<5).map { stage("\($0)") })
        for _ in 0..<2 { _ = try await crash(store, time) }
        try await withWorker(options: .patient(), store: store) { _, _ in
            for handle in handles { _ = try await handle.value() }
        }
        #expect(stage.played == ["0", "1", "2", "3", "4"])
        #expect(now.most == 1)
    }
}

/// How many are inside, and how many ever were at once.
private final class Occupancy: Sendable {
    private let state = Mutex((now: 0, most: 0))

    func enter() {
        state.withLock { state in
            state.now += 1
            state.most = max(state.most, state.now)
        }
    }

    func leave() {
        state.withLock { $0.now -= 1 }
    }

    var most: Int { state.withLock { $0.most } }
}
