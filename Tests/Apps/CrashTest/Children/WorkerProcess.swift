import Logging
import RoostCore
import RoostTesting
import ServiceLifecycle
import UnixSignals

/// A worker, as an application runs it, in a process that may be killed at any moment.
enum WorkerProcess {
    static let defaultSlots = 8

    static func run(_ arguments: Arguments, store: any CrashStore) async throws {
        let opened = WitnessStore(
            try await store.open(patience: try arguments.milliseconds("patience", default: .seconds(5)))
        )
        let logger = Logger(label: "worker")
        let queue = JobQueue(store: opened, logger: logger)
        observe(queue)
        let lease = try arguments.milliseconds("lease", default: .seconds(3))
        let worker = Worker(
            queue,
            options: WorkerOptions(
                concurrency: try arguments.number("slots", default: defaultSlots),
                grace: try arguments.milliseconds("grace", default: .seconds(2)),
                lease: lease,
                heartbeat: lease / 6,
                pollInterval: .milliseconds(250),
                housekeepingInterval: .milliseconds(300)
            ),
            jobs: LoadJobs.all,
            discoversJobs: false
        )
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm],
                logger: logger
            )
        )
        try await group.run()
        await queue.close()
        System.say("\(Marks.stale)\(opened.stale)")
    }

    /// What the worker tells its listeners, which must never be earlier than the commit.
    private static func observe(_ queue: JobQueue) {
        let witness = Witness.current
        queue.on(JobSucceeded.self) { witness.observed($0.job.id, .succeeded) }
        queue.on(JobFailed.self) { witness.observed($0.job.id, .failed) }
        queue.on(JobCancelled.self) { witness.observed($0.job.id, .cancelled) }
        queue.on(JobExpired.self) { witness.observed($0.job.id, .expired) }
        queue.on(JobSkipped.self) { witness.observed($0.job.id, .skipped) }
        queue.on(JobStuck.self) { System.say("\(Marks.stuck)\($0.job.id)") }
    }
}

/// Lines that a child says and its driver waits for.
enum Marks {
    /// A job holds its slot and heeds nothing: what an operator would find in the log, and upon which the driver kills the
    /// process in the operator's place.
    static let stuck = "STUCK "
    /// How many ends were refused, since the lease was lost.
    static let stale = "STALE "
    /// How often the auditor looked.
    static let looks = "LOOKS "
}
