import RoostCore

/// `enqueue STORE COUNT one|many|unique`: one client that awaits each call.
enum EnqueueChild {
    /// Jobs in a call of `many`.
    static let batch = 1000

    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let queue = JobQueue(store: base, logger: RunningWorker.logger)
        // What only the first call does is not what is measured.
        try await queue.enqueue(Noop())
        let processor = Clock.processCPU
        let start = Clock.now
        switch try arguments.text(2) {
        case "one":
            for _ in 0..<count { try await queue.enqueue(Noop()) }
        case "unique":
            for number in 0..<count { try await queue.enqueue(Noop().unique(by: "\(number)")) }
        case "many":
            var left = count
            while left > 0 {
                try await queue.enqueue(Array(repeating: Noop(), count: min(left, batch)))
                left -= batch
            }
        case let other: throw Failure("unknown way to enqueue: \(other)")
        }
        let elapsed = Clock.now - start
        let used = Clock.processCPU - processor
        let ready = try await base.counts().reduce(0) { $0 + ($1.byState[.ready] ?? 0) }
        guard ready == count + 1 else { throw Failure("\(ready) jobs are in the store, and not \(count + 1)") }
        await base.close()
        return ["jobs_per_second": Double(count) / elapsed, "cpu_per_job": used / Double(count)]
    }
}
