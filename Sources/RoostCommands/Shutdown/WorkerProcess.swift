import Logging
import RoostCore
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A process that runs a worker, and what runs beside it, until signals end it.
///
/// `ServiceGroup` could listen to signals itself, but it hears only the first one, and its tasks share their threads
/// with jobs. Here they prefer a thread of their own, and signals come from ``SignalWatcher``.
final class WorkerProcess: Sendable {
    private let worker: Worker
    private let queue: JobQueue
    private let logger: Logger
    private let sink: LogSink
    private let handlesSignals: Bool
    private let group: ServiceGroup
    private let thread = ThreadExecutor(name: "roost-process")
    private let shutdown: Mutex<ShutdownStateMachine>
    private let time = SystemTimeSource()

    init(
        worker: Worker,
        queue: JobQueue,
        services: [any Service],
        logger: Logger,
        sink: LogSink,
        handlesSignals: Bool
    ) {
        self.worker = worker
        self.queue = queue
        self.logger = logger
        self.sink = sink
        self.handlesSignals = handlesSignals
        self.shutdown = Mutex(ShutdownStateMachine(grace: worker.options.grace))
        // Started in this order and stopped in the reverse: jobs may use the services.
        self.group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map(PooledService.init).map { .init(service: $0, serviceName: "\($0.service)") }
                    + [.init(service: worker, serviceName: "worker")],
                logger: logger
            )
        )
    }

    /// Runs until the worker has stopped.
    ///
    /// - Throws: what the worker or a service did.
    func run() async throws {
        let group = group
        let running = Task(executorPreference: thread) { try await group.run() }
        if handlesSignals { try watchSignals(running) }
        do {
            try await withTaskCancellationHandler {
                try await running.value
            } onCancel: {
                running.cancel()
            }
        } catch is CancellationError where shutdown.withLock({ $0.isEnding }) {
            // The second signal cancels the group, and all went back as it should.
        }
    }

    private func watchSignals(_ running: Task<Void, any Error>) throws(CommandError) {
        // Whoever reads the log may go away; the jobs go on.
        SignalWatcher.ignore(SIGPIPE)
        let signals = Self.endSignals + (sink.path == nil ? [] : [SIGHUP])
        let handler = SignalWatcher.Handler(
            signalled: { number in
                if number == SIGHUP {
                    self.reopenLog()
                } else {
                    let now = self.time.uptime
                    self.act(on: self.shutdown.withLock { $0.signalled(now: now) }, number, running)
                }
            },
            nextWait: { self.shutdown.withLock { $0.deadline }.map { $0 - self.time.uptime } },
            passed: {
                let now = self.time.uptime
                self.act(on: self.shutdown.withLock { $0.passed(now: now) }, 0, running)
            }
        )
        _ = try SignalWatcher(signals, handler: handler)
    }

    private static let endSignals = [SIGTERM, SIGINT]

    private func act(
        on action: ShutdownStateMachine.Action,
        _ number: Int32,
        _ running: Task<Void, any Error>
    ) {
        switch action {
        case .none:
            return
        case .drain:
            logger.notice(
                "asked to end; a second signal stops running jobs at once",
                metadata: ["signal": "\(number == SIGINT ? "SIGINT" : "SIGTERM")"]
            )
            let group = group
            Task(executorPreference: thread) { await group.triggerGracefulShutdown() }
        case .stop:
            SignalWatcher.reset(Self.endSignals)
            running.cancel()
        case .abandon:
            SignalWatcher.reset(Self.endSignals)
            // Whatever becomes of the farewell, the process ends.
            let rescue = ThreadExecutor(name: "roost-rescue")
            Task(executorPreference: rescue) {
                await AbandonedJobs(queue: self.queue, worker: self.worker, logger: self.logger).giveBack()
                _exit(1)
            }
            withExtendedLifetime(rescue) { _ = usleep(1_000_000) }
            logger.critical("the store does not answer: the process ends without having given its jobs back")
            _exit(1)
        }
    }

    private func reopenLog() {
        do {
            try sink.reopen()
        } catch {
            logger.error("the log goes on to the file that was open", metadata: ["error": "\(error)"])
        }
    }
}

/// A service that runs on Swift's thread pool, also in a group that does not.
private struct PooledService: Service {
    let service: any Service

    func run() async throws {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try await service.run() }
    }
}
