import RoostCore

/// `padded STORE COUNT`: enqueues jobs with a payload of 100 bytes, as a program does.
enum PaddedChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let queue = JobQueue(store: base, logger: RunningWorker.logger)
        // {"text":"…"} has eleven bytes beside the text.
        let job = Padded(text: String(repeating: "x", count: 89))
        let start = Clock.now
        var left = count
        while left > 0 {
            let handles = try await queue.enqueue(Array(repeating: job, count: min(left, EnqueueChild.batch)))
            left -= handles.count
            guard left == 0, let last = handles.last else { continue }
            let found = try await base.snapshots(of: [last.id])[0]
            let bytes = found?.payload?.bytes.count ?? 0
            guard bytes == 100 else { throw Failure("a payload of \(bytes) bytes is there") }
        }
        let elapsed = Clock.now - start
        await base.close()
        return ["jobs_per_second": Double(count) / elapsed]
    }
}
