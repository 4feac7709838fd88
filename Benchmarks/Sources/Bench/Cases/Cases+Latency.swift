extension Cases {
    static func latencies(_ plan: Plan) -> [Case] {
        [here(.memory, plan), here(.sqlite, plan), across(plan)]
    }

    private static func here(_ store: StoreKind, _ plan: Plan) -> Case {
        let samples = plan.size(300, quick: 100)
        return Case(
            id: "latency",
            store: store,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in try Child.run("latency", try place(store, plan), "\(samples)", "here") }
            ] + huey(plan) { try $0.latency(store, across: false, samples: samples, plan: plan) },
            rows: rows("", "in one process")
        )
    }

    private static func across(_ plan: Plan) -> Case {
        let samples = plan.size(300, quick: 100)
        return Case(
            id: "latency-across",
            store: .sqlite,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in
                    let file = try plan.newFile("roost")
                    let worker = try Child("worker", file)
                    try worker.expect("ready")
                    try worker.send("go")
                    let figures = try Child.run("latency", file, "\(samples)", "across")
                    try worker.closeInput()
                    _ = try worker.result()
                    return figures
                }
            ] + huey(plan) { try $0.latency(.sqlite, across: true, samples: samples, plan: plan) },
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
