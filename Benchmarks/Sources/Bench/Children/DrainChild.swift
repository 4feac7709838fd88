import RoostCore

/// `drain STORE COUNT STATE BESIDE`: with BESIDE jobs of STATE in the store, adds COUNT jobs and works as many off in this
/// process; again at each line `go`. The jobs beside are `ready`, `scheduled` for later, or `finished`.
enum DrainChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let beside = try arguments.number(3)
        let base = try await arguments.store()
        if beside > 0 { try await Filling.fill(base, count: beside, state: try arguments.text(2)) }
        say("ready")
        while readLine() == "go" {
            try await Filling.fill(base, count: count)
            try sayResult(try await drain(base, count))
        }
        await base.close()
        return nil
    }

    private static func drain(_ base: any JobStore, _ count: Int) async throws -> Figures {
        let store = CountingStore(base)
        let processor = Clock.processCPU
        let start = Clock.now
        let worker = RunningWorker(store)
        await store.settled(count)
        let counts = store.counts
        let used = Clock.processCPU - processor
        try await worker.stop()
        var figures: Figures = [
            "jobs_per_second": Double(counts.settled) / (counts.lastSettle - start),
            "cpu_per_job": used / Double(counts.settled),
            "batch": Double(counts.settled) / Double(max(counts.settles, 1)),
        ]
        figures["peak_memory"] = ProcessUse.peakMemory.map { $0 / 1_000_000 }
        return figures
    }
}
