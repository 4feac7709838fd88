extension Cases {
    /// Another process's single enqueues while a worker drains. On SQLite, whose writers wait for each other.
    static func beside(_ plan: Plan) -> Case {
        let seconds = plan.size(4, quick: 1)
        // More than a worker can do in that time; the rest is left.
        let count = seconds * 160_000 + 40_000
        let template = Template("beside", .sqlite)
        return Case(
            id: "beside-drain",
            store: .sqlite,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in
                    try plan.at(.sqlite, from: template) { place in
                        let worker = try Child("worker", place.name)
                        try worker.expect("ready")
                        try worker.send("go")
                        Clock.sleep(0.2)
                        var figures = try Child.run(["beside", place.name, "\(seconds)"])
                        try worker.closeInput()
                        let settled = try worker.result()["settled"] ?? 0
                        guard Int(settled) < count else { throw Failure("the drain ended before the enqueues did") }
                        figures["drained"] = settled / Double(seconds)
                        return figures
                    }
                }
            ],
            rows: [
                RowPlan(
                    "beside-drain-p50",
                    "another process's enqueue beside a drain, p50",
                    "p50",
                    .seconds,
                    asides: [("calls", "enqueues:", .perJob), ("drained", "drained meanwhile:", .perSecond)]
                ),
                RowPlan(
                    "beside-drain-p99",
                    "another process's enqueue beside a drain, p99",
                    "p99",
                    .seconds,
                    asides: [("max", "longest:", .seconds)]
                ),
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }
}
