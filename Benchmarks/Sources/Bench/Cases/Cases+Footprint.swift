extension Cases {
    static func footprints(_ plan: Plan) -> [Case] {
        [flat(plan)] + StoreKind.allCases.map { idle($0, plan) }
    }

    private static func flat(_ plan: Plan) -> Case {
        let count = plan.size(1_000_000, quick: 50_000)
        let template = Template("flat")
        return Case(
            id: "flat",
            store: .sqlite,
            rounds: 1,
            contestants: [.roost { _ in try Child.run("flat", template.path, "\(count)") }],
            rows: [
                // A short run ends before the page cache is full, so that it shows no more than that it fills.
                RowPlan(
                    plan.isQuick ? "flat-quick" : "flat",
                    "memory after \(grouped(Double(count))) jobs, of that after a tenth",
                    "growth",
                    .times
                ),
                RowPlan("peak", "peak memory of that worker", "memory", .megabytes),
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }

    private static func idle(_ store: StoreKind, _ plan: Plan) -> Case {
        let seconds = plan.size(5, quick: 1)
        return Case(
            id: "idle",
            store: store,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in try Child.run("idle", try place(store, plan), "\(seconds)") }
            ] + huey(plan, "Huey at the delay of its latency") { try $0.idle(store, seconds: seconds, plan: plan) },
            rows: [
                RowPlan(
                    "idle",
                    "idle worker, of a core",
                    "core_share",
                    .percent,
                    asides: [("memory", "it holds", .megabytes)]
                )
            ]
        )
    }
}
