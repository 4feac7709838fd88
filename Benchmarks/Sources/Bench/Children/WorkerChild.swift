import Foundation
import RoostCore

/// A worker process beside others: `worker FILE [tell]`.
///
/// It says `ready`, begins at the line `go`, and ends when its input does. With `tell` it says `settled N` whenever it
/// finds nothing more.
enum WorkerChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let base = try await arguments.store()
        let gauge = WALGauge(of: try arguments.text(0))
        var tell: (@Sendable (Int) -> Void)?
        if arguments.values.dropFirst().first == "tell" { tell = { say("settled \($0)") } }
        let store = CountingStore(base, gauge: gauge, whenShort: tell)
        say("ready")
        guard readLine() == "go" else { throw Failure("'go' was expected") }
        let processor = Clock.processCPU
        let written = ProcessUse.written
        let start = Clock.now
        let worker = RunningWorker(store)
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
        figures["peak_memory"] = ProcessUse.peakMemory.map { $0 / 1_000_000 }
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
