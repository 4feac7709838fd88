import RoostCore

/// `both STORE COUNT`: one task enqueues, 100 a call, while a worker of the same process works.
enum BothChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let store = CountingStore(base)
        let worker = RunningWorker(store)
        let start = Clock.now
        for _ in 0..<(count / 100) {
            try await worker.queue.enqueue(Array(repeating: Noop(), count: 100))
        }
        let enqueued = Clock.now
        await store.settled(count / 100 * 100)
        let counts = store.counts
        try await worker.verify(succeeded: counts.settled)
        try await worker.stop()
        await base.close()
        return [
            "jobs_per_second": Double(counts.settled) / (counts.lastSettle - start),
            "enqueued_per_second": Double(counts.settled) / (enqueued - start),
        ]
    }
}
