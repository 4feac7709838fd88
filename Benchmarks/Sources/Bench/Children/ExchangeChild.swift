import RoostCore

/// `exchanges FILE BATCH`: what the store itself costs. One task settles and claims until nothing is left: no worker,
/// no body, no decoding, so that the processor time of the process is that of the writer.
enum ExchangeChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let base = try await arguments.store()
        let gauge = WALGauge(of: try arguments.text(0))
        let store = CountingStore(base, gauge: gauge)
        let written = ProcessUse.written
        let processor = Clock.processCPU
        let start = Clock.now
        try await Filling.work(off: store, batch: try arguments.number(1))
        let used = Clock.processCPU - processor
        let counts = store.counts
        let jobs = Double(counts.settled)
        guard jobs > 0 else { throw Failure("there were no jobs") }
        var figures: Figures = [
            "writer_cpu_per_job": used / jobs,
            "jobs_per_second": jobs / (counts.lastSettle - start),
        ]
        if let gauge { figures["wal_pages_per_job"] = Double(gauge.pages) / jobs }
        if let written, let now = ProcessUse.written { figures["pages_per_job"] = (now - written) / 4096 / jobs }
        await base.close()
        return figures
    }
}
