import RoostCore
import RoostTesting
import Synchronization
import Testing

@Suite("A store that fails", .timeLimit(.minutes(1)))
struct StoreFailureTests {
    @Test("now and then, before or after it did what it was asked, still has each job end exactly once")
    func transient() async throws {
        let time = TestTimeSource()
        let store = WatchedStore(
            MemoryStore(time: time),
            before: { _, number in number % 3 == 0 ? StoreError(.unavailable, "no connection") : nil },
            // The reply is lost, and nobody knows what was done.
            after: { call, number in call == .exchange && number % 5 == 0 ? StoreError(.unavailable, "cut off") : nil }
        )
        let stage = Stage.make()
        let succeeded = Journal<JobID>()
        // The queue is on the store itself, so that the test sees what is there.
        let client = JobQueue(store: store.base)
        let jobs = (0..<200).map { stage("\($0)").maxCrashes(1000) }
        // The clock goes on while the worker ends, which may have to tell the store a thing twice. Registration is the first
        // call of its kind, so it comes through.
        let handles = try await withClock(time, sleepers: 3) {
            try await withWorker(options: WorkerOptions(concurrency: 4), store: store) { queue, _ in
                queue.on(JobSucceeded.self) { succeeded.note($0.job.id) }
                let handles = try await client.enqueue(jobs)
                try await until { try await client.counts().first?.byState == [.succeeded: 200] }
                return handles
            }
        }
        #expect(Set(stage.played).count == 200)
        #expect(stage.played.count == 200, "a claim whose reply was lost never ran, and a settle is sent again")
        #expect(Set(succeeded.entries) == Set(handles.map(\.id)))
        #expect(succeeded.entries.count == 200)
        #expect(try await store.base.workers().isEmpty)
    }

    @Test("for good ends the worker with its error, and cancels what runs")
    func fatal() async throws {
        let isBroken = Journal<Bool>()
        let store = WatchedStore(
            before: { call, _ in
                call == .exchange && !isBroken.entries.isEmpty ? StoreError(.corrupt, "the disk is bad") : nil
            }
        )
        let never = Gate()
        let stopped = Journal<Int>()
        let stage = Stage.make { name in
            if name == "waits" { try await never.wait() }
            return name
        }
        let queue = JobQueue(store: store, logger: .quiet)
        let worker = Worker(queue, options: WorkerOptions(concurrency: 2), jobs: [Act.self], discoversJobs: false)
        worker.onShutdown { stopped.note($0.index) }
        let running = Task { try await worker.run() }
        try await queue.enqueue(stage("waits"))
        try await until { stage.played.count == 1 }
        isBroken.note(true)
        try await queue.enqueue(stage("more"))
        await #expect(throws: StoreError(.corrupt, "the disk is bad")) { try await running.value }
        #expect(stopped.entries.sorted() == [0, 1])
    }

    @Test("at the start keeps the worker from starting")
    func register() async throws {
        let store = WatchedStore(
            before: { call, _ in call == .register ? StoreError(.readOnly, "cannot write") : nil }
        )
        let worker = Worker(JobQueue(store: store, logger: .quiet), jobs: [Act.self], discoversJobs: false)
        await #expect(throws: StoreError(.readOnly, "cannot write")) { try await worker.run() }
    }

    @Test("while a handle is waited for is asked again")
    func waiting() async throws {
        let time = TestTimeSource()
        let base = MemoryStore(time: time)
        let store = WatchedStore(
            base,
            before: { call, number in
                call == .outcomes && (2...6).contains(number) ? StoreError(.unavailable, "no connection") : nil
            }
        )
        let stage = Stage.make()
        let handle = try await JobQueue(store: store, logger: .quiet).enqueue(stage("there"))
        try await withWorker(options: .patient(), store: base) { _, _ in
            try await withClock(time) {
                let value = try await handle.value()
                #expect(value == "there")
            }
        }
    }

    @Test("as a worker takes its leave is told again")
    func retire() async throws {
        let store = WatchedStore(
            before: { call, number in call == .retire && number < 3 ? StoreError(.busy, "locked") : nil }
        )
        try await withWorker(store: store) { _, _ in }
        #expect(try await store.workers().isEmpty)
    }
}
