import RoostCore

/// Invariant 12: nobody is told of an end before it is stored, nor of another one.
extension HistoryChecker {
    func checkObservations(_ index: HistoryIndex, _ found: inout [Violation]) {
        for job in index.jobs.indices where !index.observations[job].isEmpty {
            let steps = index.transitions[job]
            for observation in index.observations[job] {
                guard let told = steps.first(where: { $0.to == observation.state }) else {
                    found.append(
                        Violation(
                            12,
                            job: observation.job,
                            "a client was told that it is \(observation.state.rawValue), and it never was",
                            events: [.observed(observation)] + (steps.last.map { [.transition($0)] } ?? [])
                        )
                    )
                    continue
                }
                if told.at > observation.at + index.tolerance {
                    found.append(
                        Violation(
                            12,
                            job: observation.job,
                            "a client was told that it is \(observation.state.rawValue) before it was",
                            events: [.observed(observation), .transition(told)]
                        )
                    )
                }
            }
        }
    }
}
