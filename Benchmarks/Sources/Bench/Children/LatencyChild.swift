import RoostCore

/// `latency STORE SAMPLES here|across`: how soon a job begins, and its value is back, when nothing else goes on.
///
/// A start is measured from the return of `enqueue` to the body's first line, a result from the call of `enqueue` to
/// the return of `value`. With `across` the worker is that of another process.
enum LatencyChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let samples = try arguments.number(1)
        let base = try await arguments.store()
        let worker = try arguments.text(2) == "here" ? RunningWorker(CountingStore(base)) : nil
        let queue = worker?.queue ?? JobQueue(store: base, logger: RunningWorker.logger)
        var starts: [Double] = []
        var results: [Double] = []
        for number in 0..<(samples + 10) {
            // Long enough for the worker to have gone to sleep, and in step with nothing.
            try await Task.sleep(for: .microseconds(4000 + Int.random(in: 0..<2000)))
            let called = Clock.now
            let handle = try await queue.enqueue(Now())
            let returned = Clock.now
            let began = try await handle.value(timeout: .seconds(10))
            let got = Clock.now
            // The first ones warm the caches.
            guard number >= 10 else { continue }
            starts.append(max(0, began - returned))
            results.append(got - called)
        }
        try await worker?.stop()
        await base.close()
        return [
            "start_p50": percentile(starts, 0.5), "start_p99": percentile(starts, 0.99),
            "result_p50": percentile(results, 0.5), "result_p99": percentile(results, 0.99),
        ]
    }
}
