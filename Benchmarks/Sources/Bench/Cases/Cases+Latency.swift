extension Cases {
    static func latencies(_ plan: Plan) -> [Case] {
        StoreKind.allCases.flatMap { [here($0, plan)] + ($0 == .memory ? [] : [across($0, plan)]) }
    }

    private static func here(_ store: StoreKind, _ plan: Plan) -> Case {
        let samples = plan.size(300, quick: 100)
        return Case(
            id: "latency",
            store: store,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in try child("latency", store, plan, "\(samples)", "here") }
            ] + huey(plan) { try $0.latency(store, across: false, samples: samples, plan: plan) }
                + sidekiq(store, plan) { try $0.latency(across: false, samples: samples, plan: plan) },
            rows: rows("", "in one process")
        )
    }

    private static func across(_ store: StoreKind, _ plan: Plan) -> Case {
        let samples = plan.size(300, quick: 100)
        return Case(
            id: "latency-across",
            store: store,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in
                    try plan.at(store) { place in
                        let worker = try Child("worker", place.name)
                        try worker.expect("ready")
                        try worker.send("go")
                        let figures = try Child.run(["latency", place.name, "\(samples)", "across"])
                        try worker.closeInput()
                        _ = try worker.result()
                        return figures
                    }
                }
            ] + huey(plan) { try $0.latency(store, across: true, samples: samples, plan: plan) }
                + sidekiq(store, plan) { try $0.latency(across: true, samples: samples, plan: plan) },
            rows: rows("-across", "across two")
        )
    }

    private static func rows(_ suffix: String, _ place: String) -> [RowPlan] {
        [
            RowPlan("start\(suffix)-p50", "start of a job, idle, \(place), p50", "start_p50", .seconds),
            RowPlan("start\(suffix)-p99", "start of a job, idle, \(place), p99", "start_p99", .seconds),
            RowPlan("result\(suffix)-p50", "enqueue to result, idle, \(place), p50", "result_p50", .seconds),
            RowPlan("result\(suffix)-p99", "enqueue to result, idle, \(place), p99", "result_p99", .seconds),
        ]
    }
}
