import RoostCore

/// `slots STORE COUNT SLOTS [idle|nothing]`: jobs that take a millisecond, or no time, in so many slots.
enum SlotsChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let slots = try arguments.number(2)
        let base = try await arguments.store()
        let queue = JobQueue(store: base, logger: RunningWorker.logger)
        var left = count
        while left > 0 {
            let part = min(left, 10_000)
            if arguments.values.dropFirst(3).first == "nothing" {
                try await queue.enqueue(Array(repeating: Noop(), count: part))
            } else {
                try await queue.enqueue(Array(repeating: Millisecond(), count: part))
            }
            left -= part
        }
        let store = CountingStore(base)
        let start = Clock.now
        let worker = RunningWorker(store, slots: slots)
        await store.settled(count)
        let counts = store.counts
        try await worker.verify(succeeded: count)
        try await worker.stop()
        await base.close()
        let rate = Double(count) / (counts.lastSettle - start)
        // Each slot could end a thousand a second.
        return ["jobs_per_second": rate, "share_of_ideal": rate / (Double(slots) * 1000)]
    }
}
