import RoostCore

/// `idle STORE SECONDS`: the share of a core that a worker takes which has nothing to do.
enum IdleChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let seconds = Double(try arguments.number(1))
        let base = try await arguments.store()
        let store = CountingStore(base)
        let worker = RunningWorker(store)
        try await worker.queue.enqueue(Noop())
        await store.settled(1)
        try await Task.sleep(for: .seconds(1))
        let processor = Clock.processCPU
        let start = Clock.now
        try await Task.sleep(for: .seconds(seconds))
        let share = (Clock.processCPU - processor) / (Clock.now - start)
        try await worker.stop()
        await base.close()
        var figures: Figures = ["core_share": share]
        figures["memory"] = ProcessUse.memory.map { $0 / 1_000_000 }
        return figures
    }
}
