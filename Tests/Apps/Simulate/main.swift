import RoostTesting

for seed: UInt64 in 1..<5 {
    let first = Simulation(seed: seed).run()
    let second = Simulation(seed: seed).run()
    print(
        seed,
        first.problem ?? "ok",
        first.history.events.count,
        first.steps,
        first.uptime,
        first.history == second.history
    )
}
