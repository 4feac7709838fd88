import RoostTesting
import Foundation
let start = Date()
var steps = 0
for seed: UInt64 in 1..<100 {
    let first = Simulation(seed: seed).run()
    let second = Simulation(seed: seed).run()
    steps += 2 * first.steps
    print(seed, first.problem ?? "ok", first.history.events.count, first.history.final.count, first.steps, first.uptime, first.history == second.history)
}
let t = Date().timeIntervalSince(start)
print(200 / t * 60, "a minute", Double(steps) / t)
