import Dispatch
import RoostTesting

/// Runs a simulation on a thread that has no task, since its tasks run on the thread it is called from.
func simulate(seed: UInt64, fault: StoreFault? = nil) async -> Simulation.Report {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: Simulation(seed: seed, fault: fault).run())
        }
    }
}
