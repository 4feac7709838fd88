import Dispatch
import RoostTesting

/// A queue of its own, one run at a time: those that all share have as many threads as there are cores, and they are the
/// ones on which the tasks of other tests run.
private let queue = DispatchQueue(label: "simulation")

/// Runs a simulation on a thread that has no task, since its tasks run on the thread it is called from.
func simulate(seed: UInt64, fault: StoreFault? = nil) async -> Simulation.Report {
    await withCheckedContinuation { continuation in
        queue.async {
            continuation.resume(returning: Simulation(seed: seed, fault: fault).run())
        }
    }
}
