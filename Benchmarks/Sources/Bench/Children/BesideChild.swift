import RoostCore

/// `beside FILE SECONDS`: single enqueues of a process that does no more, while another one works.
enum BesideChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let base = try await arguments.store()
        let queue = JobQueue(store: base, logger: RunningWorker.logger)
        let end = Clock.now + Double(try arguments.number(1))
        var calls: [Double] = []
        while Clock.now < end {
            try await Task.sleep(for: .microseconds(4000 + Int.random(in: 0..<2000)))
            let called = Clock.now
            try await queue.enqueue(Noop())
            calls.append(Clock.now - called)
        }
        await base.close()
        return [
            "p50": percentile(calls, 0.5), "p99": percentile(calls, 0.99), "max": calls.max() ?? 0,
            "calls": Double(calls.count),
        ]
    }
}
