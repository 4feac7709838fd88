import RoostCore

/// `flat FILE COUNT`: what the process holds while it works COUNT jobs off that are in the store.
enum FlatChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let store = CountingStore(base)
        let worker = RunningWorker(store)
        var held: [Double] = []
        for tenth in 1...10 {
            await store.settled(count / 10 * tenth)
            guard let memory = ProcessUse.memory else {
                throw Failure("this system does not tell what a process holds")
            }
            held.append(memory)
        }
        let counts = store.counts
        try await worker.stop()
        await base.close()
        return [
            "growth": held[9] / held[0],
            "memory": (ProcessUse.peakMemory ?? 0) / 1_000_000,
            "settled": Double(counts.settled),
        ]
    }
}
