extension Cases {
    static func graphs(_ plan: Plan) -> [Case] {
        StoreKind.allCases.flatMap { [chord($0, plan), chain($0, plan)] }
    }

    private static func chord(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(10_000, quick: 2000)
        return Case(
            id: "chord",
            store: store,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in try child("chord", store, plan, "\(count)") },
                Contestant(role: .reference, name: "plain jobs") { _ in
                    try child("plain", store, plan, "\(count)")
                },
            ],
            rows: [
                RowPlan(
                    "chord",
                    "chord of \(grouped(Double(count))), enqueue to end",
                    "jobs_per_second",
                    .perSecond,
                    asides: [("worked_per_second", "without its enqueue:", .perSecond)]
                )
            ]
        )
    }

    private static func chain(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(1000, quick: 200)
        var contestants: [Contestant] = [.roost { _ in try child("chain", store, plan, "\(count)") }]
        if store == .sqlite {
            contestants.append(
                Contestant(role: .reference, name: "raw exchanges of one job") { _ in
                    try child("raw-exchanges", .sqlite, plan, "\(count)")
                }
            )
        }
        return Case(
            id: "chain",
            store: store,
            rounds: plan.rounds(5),
            contestants: contestants,
            // From the enqueue's return: the exchanges that it is held against have no enqueue either.
            rows: [
                RowPlan(
                    "chain",
                    "chain of \(grouped(Double(count)))",
                    "worked_per_second",
                    .perSecond,
                    referenceFigure: "jobs_per_second",
                    asides: [("exchanges_per_job", "calls of the store a job:", .perJob)]
                )
            ]
        )
    }
}
