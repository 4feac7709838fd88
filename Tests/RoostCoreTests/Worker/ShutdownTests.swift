import Logging
import RoostCore
import RoostTesting
import Testing

@Suite("A worker's end", .timeLimit(.minutes(1)))
struct ShutdownTests {
    /// Runs `body` beside a worker that `stop` tells to shut down in order.
    private func withStoppable(
        _ store: any JobStore,
        options: WorkerOptions,
        logger: Logger = .quiet,
        configure: (Worker) -> Void = { _ in },
        _ body: @Sendable (JobQueue, Stopper, Task<Void, any Error>) async throws -> Void
    ) async throws {
        let queue = JobQueue(store: store, logger: logger)
        let worker = Worker(queue, options: options, jobs: [Act.self], discoversJobs: false)
        configure(worker)
        let stopper = Stopper()
        let running = Task { try await stopper.run(worker) }
        do {
            try await body(queue, stopper, running)
        } catch {
            running.cancel()
            throw error
        }
        try await running.value
    }

    /// No row bears a token, and no worker is left.
    private func expectNothingHeld(_ store: any JobStore) async throws {
        let jobs = try await store.list(JobQuery(limit: 10_000))
        #expect(jobs.allSatisfy { $0.token == nil && $0.worker == nil && $0.state != .running })
        #expect(try await store.workers().isEmpty)
    }

    @Test("lets running jobs finish within the grace, and claims no more")
    func graceful() async throws {
        let store = MemoryStore()
        let gate = Gate()
        let stopped = Journal<Int>()
        let stage = Stage.make { name in
            try await gate.wait()
            return name
        }
        let configure: (Worker) -> Void = { worker in worker.onShutdown { stopped.note($0.index) } }
        let log = CapturedLog()
        let options = WorkerOptions(concurrency: 2)
        try await withStoppable(store, options: options, logger: log.logger, configure: configure) {
            queue,
            stopper,
            _ in
            let running = try await queue.enqueue([stage("a"), stage("b")])
            try await until { stage.played.count == 2 }
            await stopper.stop()
            try await until { !log.entries(with: "shutting down").isEmpty }
            try await until { try await store.counts().first?.byState == [.running: 2] }
            let late = try await queue.enqueue(stage("late"))
            gate.open()
            for handle in running { _ = try await handle.value() }
            #expect(try await late.status == .ready)
        }
        #expect(stage.played.sorted() == ["a", "b"])
        #expect(stopped.entries.sorted() == [0, 1])
        try await expectNothingHeld(store)
    }

    @Test("cancels what still runs when the grace is over, and gives it back uncharged")
    func graceOver() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let never = Gate()
        let released = Journal<JobID>()
        let stopped = Journal<Int>()
        let stage = Stage.make { name in
            try await never.wait()
            return name
        }
        let configure: (Worker) -> Void = { worker in worker.onShutdown { stopped.note($0.index) } }
        let options = WorkerOptions.patient(concurrency: 2, grace: .seconds(10))
        let start = time.now
        try await withStoppable(store, options: options, configure: configure) { queue, stopper, running in
            queue.on(JobReleased.self) { released.note($0.job.id) }
            let handle = try await queue.enqueue(stage().retries(1))
            try await until { stage.played.count == 1 }
            await stopper.stop()
            try await withClock(time) { try await running.value }
            let job = try await handle.snapshot
            #expect(job.state == .ready)
            #expect(job.attempt == 0)
            #expect(job.failures == 0)
            #expect(job.claims == 1)
            #expect(released.entries == [handle.id])
            #expect(try await store.attempts(of: handle.id).isEmpty)
        }
        #expect(time.now >= start + .seconds(10))
        #expect(stopped.entries.sorted() == [0, 1])
        try await expectNothingHeld(store)
    }

    @Test("gives back at once what waits in its buffer")
    func buffer() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let gate = Gate()
        let stage = Stage.make { name in
            if name == "slow" { try await gate.wait() }
            return name
        }
        try await withStoppable(store, options: .patient(concurrency: 2)) { queue, stopper, _ in
            // Forty jobs in a tenth of a second: the worker then keeps a buffer of a hundred.
            for handle in try await queue.enqueue((0..<40).map { _ in stage("fast") }) { _ = try await handle.value() }
            time.advance(by: .milliseconds(100))
            _ = try await queue.enqueue(stage("fast")).value()
            let slow = try await queue.enqueue((0..<10).map { _ in stage("slow") })
            try await until { try await store.counts().first?.byState[.running] == 10 }
            #expect(stage.played.count { $0 == "slow" } <= 2)
            await stopper.stop()
            try await until { try await store.counts().first?.byState[.running] == 2 }
            gate.open()
            var states: [JobState] = []
            for handle in slow {
                try await until { try await handle.status != .running }
                let job = try await handle.snapshot
                states.append(job.state)
                #expect(job.claims == 1)
                #expect(job.attempt == (job.state == .ready ? 0 : 1))
            }
            #expect(states.count { $0 == .ready } == 8)
            #expect(states.count { $0 == .succeeded } == 2)
        }
        try await expectNothingHeld(store)
    }

    @Test("by the cancel of its task comes at once, and is in order too")
    func immediate() async throws {
        let store = MemoryStore()
        let never = Gate()
        let stopped = Journal<Int>()
        let stage = Stage.make { name in
            try await never.wait()
            return name
        }
        let queue = JobQueue(store: store, logger: .quiet)
        let worker = Worker(queue, options: WorkerOptions(concurrency: 3), jobs: [Act.self], discoversJobs: false)
        worker.onShutdown { stopped.note($0.index) }
        let running = Task { try await worker.run() }
        let handle = try await queue.enqueue(stage())
        try await until { stage.played.count == 1 }
        running.cancel()
        try await running.value
        let job = try await handle.snapshot
        #expect(job.state == .ready)
        #expect(job.attempt == 0)
        #expect(job.claims == 1)
        #expect(stopped.entries.sorted() == [0, 1, 2])
        try await expectNothingHeld(store)
    }

    @Test("counts a job that returns although it was cancelled for it")
    func returnsAnyway() async throws {
        let store = MemoryStore()
        let stage = Stage.make { name in
            while !Task.isCancelled { await Task.yield() }
            return name
        }
        let queue = JobQueue(store: store, logger: .quiet)
        let worker = Worker(queue, options: WorkerOptions(concurrency: 1), jobs: [Act.self], discoversJobs: false)
        let running = Task { try await worker.run() }
        let handle = try await queue.enqueue(stage("done"))
        try await until { stage.played.count == 1 }
        running.cancel()
        try await running.value
        #expect(try await handle.value() == "done")
    }

    @Test("comes in order also when it is told before it has begun")
    func beforeTheStart() async throws {
        let store = MemoryStore()
        let queue = JobQueue(store: store, logger: .quiet)
        let started = Journal<Int>()
        let worker = Worker(queue, options: WorkerOptions(concurrency: 2), jobs: [Act.self], discoversJobs: false)
        worker.onStartup { started.note($0.index) }
        worker.onShutdown { started.note($0.index) }
        let running = Task {
            while !Task.isCancelled { await Task.yield() }
            try await worker.run()
        }
        running.cancel()
        try await running.value
        #expect(started.entries.sorted() == [0, 0, 1, 1])
        try await expectNothingHeld(store)
    }
}
