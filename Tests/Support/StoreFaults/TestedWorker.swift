package import Logging
package import RoostCore
package import ServiceLifecycle

/// The worker that these tests put to the test.
package enum TestedWorker {
    package static let slots = 4

    /// - Parameter lease: how long its claims hold; all else goes by it.
    package static func make(_ queue: JobQueue, name: String, lease: Duration = .seconds(1)) -> Worker {
        Worker(
            queue,
            options: WorkerOptions(
                concurrency: slots,
                name: name,
                grace: .seconds(3),
                lease: lease,
                heartbeat: lease / 4,
                pollInterval: .milliseconds(200),
                housekeepingInterval: .milliseconds(300)
            ),
            jobs: [FaultJob.self],
            discoversJobs: false
        )
    }

    package static func group(_ worker: Worker, logger: Logger) -> ServiceGroup {
        ServiceGroup(
            configuration: .init(
                services: [.init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
    }
}
