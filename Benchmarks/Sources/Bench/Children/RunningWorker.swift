import Logging
import RoostCore

/// A worker of this process, on a store that counts, until it is stopped.
struct RunningWorker {
    let store: CountingStore
    let queue: JobQueue
    private let task: Task<Void, any Error>

    /// Only what goes wrong is logged.
    static var logger: Logger {
        var logger = Logger(label: "bench") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .warning
        return logger
    }

    init(_ store: CountingStore, slots: Int = 16) {
        self.store = store
        let queue = JobQueue(store: store, logger: Self.logger)
        self.queue = queue
        let worker = Worker(queue, options: WorkerOptions(concurrency: slots), jobs: benchJobs, discoversJobs: false)
        self.task = Task { try await worker.run() }
    }

    /// Ends the worker at once. It must have nothing left to do.
    func stop() async throws {
        task.cancel()
        try await task.value
    }

    /// - Throws: where the store holds another number of succeeded jobs.
    func verify(succeeded: Int) async throws {
        let found = try await queue.counts().reduce(0) { $0 + ($1.byState[.succeeded] ?? 0) }
        guard found == succeeded else { throw Failure("\(found) jobs succeeded in the store, and not \(succeeded)") }
    }
}
