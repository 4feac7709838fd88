import RoostCore

/// `slots STORE COUNT`: jobs that take a millisecond, in 16 slots.
enum SlotsChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let queue = JobQueue(store: base, logger: RunningWorker.logger)
        try await queue.enqueue(Array(repeating: Millisecond(), count: count))
        let store = CountingStore(base)
        let start = Clock.now
        let worker = RunningWorker(store)
        await store.settled(count)
        let counts = store.counts
        try await worker.verify(succeeded: count)
        try await worker.stop()
        await base.close()
        return ["jobs_per_second": Double(count) / (counts.lastSettle - start)]
    }
}
