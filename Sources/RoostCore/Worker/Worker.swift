public import Logging
public import ServiceLifecycle

/// Runs the jobs of a queue, so many at a time, until it is told to stop.
///
/// ```swift
/// let worker = Worker(queue, options: WorkerOptions(concurrency: 16))
/// worker.onStartup { slot in print("slot \(slot.index) is there") }
/// try await ServiceGroup(services: [worker], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger).run()
/// ```
///
/// (In a module with `MemberImportVisibility` the names of signals need `import UnixSignals`.)
///
/// It finds the jobs declared with `@Job` by itself; others are given by `jobs:`. It runs by itself, in a command of its
/// own, or inside a server beside whatever else that does.
///
/// **Delivery** is at least once: a job whose worker is killed runs again. **Shutdown**: at the first signal (the
/// graceful shutdown of its `ServiceGroup`) it claims nothing more and lets running jobs end within
/// ``WorkerOptions/grace``; what is left is cancelled and given back without being charged an attempt. When its task
/// is cancelled it does the latter at once.
public final class Worker: Service {
    public let options: WorkerOptions
    let queue: JobQueue
    let jobs: [any Job.Type]
    let discoversJobs: Bool
    let locals: [any JobScope]
    let hooks = WorkerHooks()
    let logger: Logger

    /// - Parameters:
    ///   - queue: where the jobs come from.
    ///   - options: how many run at a time, from which queues, and the rest.
    ///   - jobs: types to run beside those that are found: jobs without the macro, or in a shared library.
    ///   - discoversJobs: whether the jobs declared with `@Job` anywhere in the executable are run.
    ///   - locals: ``WorkerLocal``s to open at each slot's start although no `within:` names them.
    ///   - logger: where the worker logs; nil: where its queue does.
    public init(
        _ queue: JobQueue,
        options: WorkerOptions = WorkerOptions(),
        jobs: [any Job.Type] = [],
        discoversJobs: Bool = true,
        locals: [any JobScope] = [],
        logger: Logger? = nil
    ) {
        self.queue = queue
        self.options = options
        self.jobs = jobs
        self.discoversJobs = discoversJobs
        self.locals = locals
        self.logger = logger ?? queue.logger
    }

    /// Works until the graceful shutdown of its service group, or until its task is cancelled.
    ///
    /// - Throws: before the first job: ``InvalidWorkerOption``, ``DuplicateJobKind``, `StoreError`. Later: `StoreError`, if
    ///   the store fails in a way that trying again cannot mend.
    public func run() async throws {
        try options.validate()
        let registry = try JobRegistry((discoversJobs ? JobDiscovery.jobs() : []) + jobs)
        try await WorkerRun(worker: self, registry: registry).run()
    }

    // MARK: Hooks

    /// Calls `hook` once for each slot, on it, before its first job. One that throws is logged.
    @discardableResult
    public func onStartup(
        _ name: String? = nil,
        _ hook: @escaping @Sendable (Slot) async throws -> Void
    ) -> WorkerHook {
        hooks.add(.startup(hook), name: name)
    }

    /// Calls `hook` once for each slot, on it, after its last job. One that throws is logged.
    @discardableResult
    public func onShutdown(
        _ name: String? = nil,
        _ hook: @escaping @Sendable (Slot) async throws -> Void
    ) -> WorkerHook {
        hooks.add(.shutdown(hook), name: name)
    }

    /// Calls `hook` before each run of a job, in its slot, with `JobContext.current` set.
    ///
    /// If it throws ``CancelExecution`` the job does not run, later hooks are not called, and the job ends as cancelled.
    /// Any other error is logged, and the job runs.
    @discardableResult
    public func preExecute(
        _ name: String? = nil,
        _ hook: @escaping @Sendable (JobContext) async throws -> Void
    ) -> WorkerHook {
        hooks.add(.preExecute(hook), name: name)
    }

    /// Calls `hook` after each run of a job, in its slot, with what the job returned or threw. One that throws is logged.
    ///
    /// It is called before the end is stored, and changes nothing about it; to hear of what is stored, see ``JobEvent``.
    @discardableResult
    public func postExecute(
        _ name: String? = nil,
        _ hook: @escaping @Sendable (JobContext, Result<any Sendable, any Error>) async throws -> Void
    ) -> WorkerHook {
        hooks.add(.postExecute(hook), name: name)
    }

    /// Removes the hooks of this name, of any kind.
    ///
    /// - Returns: whether there was one.
    @discardableResult
    public func removeHook(named name: String) -> Bool {
        hooks.remove(named: name)
    }
}
