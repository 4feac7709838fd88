import Foundation
import RoostCore

/// A worker process beside others: `worker FILE [SLOTS]`.
///
/// It says `ready`, begins at the line `go`, says `settled N` when it finds nothing more, and ends when its input does.
enum WorkerChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let base = try await arguments.store()
        let slots = arguments.values.count > 1 ? try arguments.number(1) : 16
        let gauge = WALGauge(of: try arguments.text(0))
        let store = CountingStore(base, gauge: gauge) { say("settled \($0)") }
        say("ready")
        guard readLine() == "go" else { throw Failure("'go' was expected") }
        let processor = Clock.processCPU
        let written = ProcessUse.written
        let start = Clock.now
        let worker = RunningWorker(store, slots: slots)
        await inputEnds()
        let used = Clock.processCPU - processor
        let writtenNow = ProcessUse.written
        try await worker.stop()
        let counts = store.counts
        let jobs = Double(max(counts.settled, 1))
        var figures: Figures = [
            "settled": Double(counts.settled),
            "start": start,
            "end": counts.lastSettle,
            "cpu_per_job": used / jobs,
            "batch": jobs / Double(max(counts.settles, 1)),
        ]
        if let gauge { figures["wal_pages_per_job"] = Double(gauge.pages) / jobs }
        if let written, let writtenNow { figures["pages_per_job"] = (writtenNow - written) / 4096 / jobs }
        figures["peak_memory"] = ProcessUse.peakMemory
        await base.close()
        return figures
    }

    /// Waits on a thread of its own: those of Swift's pool are for the jobs.
    private static func inputEnds() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread {
                while readLine() != nil {}
                continuation.resume()
            }
        }
    }
}
