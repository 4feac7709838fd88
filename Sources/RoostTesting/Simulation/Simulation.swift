package import Logging
package import RoostCore
import Synchronization

/// One run of real workers against a memory store, on one thread, with chance and faults from a seed: the same seed makes
/// the same run, to the last event.
///
/// It must run with `SWIFT_DETERMINISTIC_HASHING=1` for that to hold from one process to the next.
package struct Simulation: Sendable {
    package typealias Fault = @Sendable (any JobStore) -> any JobStore

    /// What came of a run.
    package struct Report: Sendable {
        package let history: History
        /// Why the run did not come to its end; nil: it did.
        package let problem: String?
        /// How long it took in its own time.
        package let uptime: Duration
        /// How many pieces of work were run.
        package let steps: Int
    }

    package let seed: UInt64
    private let fault: Fault?
    private let logger: Logger

    /// - Parameters:
    ///   - fault: puts a store that breaks a rule in the place of a good one.
    ///   - logger: where the workers log.
    package init(
        seed: UInt64,
        fault: Fault? = nil,
        logger: Logger = Logger(label: "simulation", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.seed = seed
        self.fault = fault
        self.logger = logger
    }

    /// To be called outside tasks: it holds its thread until the run is over.
    package func run() -> Report {
        let world = SimulatedWorld(seed: seed, fault: fault, logger: logger)
        let script = SimulationScript(world)
        let start = world.executor.uptime
        let driver = world.makeProcess()
        driver.start { await script.run(in: driver) }
        let isDry = world.executor.run(until: start + .hours(1))
        let problem = script.problem ?? (isDry ? nil : "something goes on for ever")
        return Report(
            history: History(events: world.recorder.events, final: script.final),
            problem: problem,
            uptime: script.end - start,
            steps: world.executor.steps
        )
    }
}
