package import Logging
import RoostCore
import Synchronization

/// One run of real workers against a memory store, on one thread, with chance and faults from a seed: the same seed makes
/// the same run, to the last event.
///
/// It must run with `SWIFT_DETERMINISTIC_HASHING=1` for that to hold from one process to the next.
package struct Simulation: Sendable {
    /// What came of a run.
    package struct Report: Sendable {
        package let history: History
        /// Why the run did not come to its end; nil: it did.
        package let problem: String?
        package let violations: [Violation]
        /// How long it took in its own time.
        package let uptime: Duration
        /// How many pieces of work were run.
        package let steps: Int

        /// All that is wrong with the run.
        package var failures: [String] { (problem.map { [$0] } ?? []) + violations.map(\.description) }

        /// A number that two runs hardly share unless their histories are the same: FNV-1a over the events as text.
        package var digest: UInt64 {
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            for event in history.events {
                for byte in "\(event)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            }
            return hash
        }
    }

    package let seed: UInt64
    private let fault: StoreFault?
    private let logger: Logger

    /// - Parameters:
    ///   - fault: the rule that the store breaks.
    ///   - logger: where the workers log.
    package init(
        seed: UInt64,
        fault: StoreFault? = nil,
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
        let history = History(events: world.recorder.events, final: script.final)
        return Report(
            history: history,
            problem: problem,
            violations: HistoryChecker(world.settings.promises).violations(in: history),
            uptime: script.end - start,
            steps: world.executor.steps
        )
    }
}
