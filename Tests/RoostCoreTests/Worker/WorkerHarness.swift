import Logging
import RoostCore
import ServiceLifecycle
import Synchronization

/// Runs `body` beside a worker on a fresh memory store, then stops the worker in order.
func withWorker<Result: Sendable>(
    jobs: [any Job.Type] = [],
    options: WorkerOptions = WorkerOptions(concurrency: 4),
    store: any JobStore = MemoryStore(),
    locals: [any JobScope] = [],
    logger: Logger = .quiet,
    configure: (Worker) -> Void = { _ in },
    _ body: @Sendable (JobQueue, Worker) async throws -> Result
) async throws -> Result {
    let queue = JobQueue(store: store, logger: logger)
    let worker = Worker(queue, options: options, jobs: [Act.self] + jobs, discoversJobs: false, locals: locals)
    configure(worker)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        let stopper = Stopper()
        group.addTask { try await stopper.run(worker) }
        let result: Result
        do {
            result = try await body(queue, worker)
        } catch {
            group.cancelAll()
            throw error
        }
        await stopper.stop()
        try await group.waitForAll()
        return result
    }
}

/// Runs a worker in a service group, to shut it down in order.
final class Stopper: Sendable {
    private let group = Mutex<ServiceGroup?>(nil)

    func run(_ worker: Worker) async throws {
        let services = ServiceGroup(
            configuration: .init(services: [.init(service: worker)], logger: .quiet)
        )
        group.withLock { $0 = services }
        try await services.run()
    }

    func stop() async {
        while true {
            if let services = group.withLock({ $0 }) { return await services.triggerGracefulShutdown() }
            await Task.yield()
        }
    }
}

/// What happened, in order, from any task.
final class Journal<Entry: Sendable>: Sendable {
    private let state = Mutex<[Entry]>([])

    func note(_ entry: Entry) {
        state.withLock { $0.append(entry) }
    }

    var entries: [Entry] { state.withLock { $0 } }
}

extension Logger {
    /// Writes nothing.
    static var quiet: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}
