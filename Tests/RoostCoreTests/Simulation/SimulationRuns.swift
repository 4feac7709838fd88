import Dispatch
import RoostCore
import RoostTesting

/// Runs a simulation on a thread that has no task, since its tasks run on the thread it is called from.
func simulate(seed: UInt64, fault: StoreFault? = nil) async -> Simulation.Report {
    var plant: Simulation.Fault?
    if let fault { plant = { FaultyStore($0, fault: fault) } }
    let simulation = Simulation(seed: seed, fault: plant)
    return await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            continuation.resume(returning: simulation.run())
        }
    }
}
