extension Cases {
    static func enqueue(_ plan: Plan) -> [Case] {
        StoreKind.allCases.flatMap { store in [one(store, plan), many(store, plan), unique(store, plan)] }
    }

    private static func one(_ store: StoreKind, _ plan: Plan) -> Case {
        let isMemory = store == .memory
        let count = isMemory ? plan.size(100_000, quick: 20_000) : plan.commits(plan.size(2000, quick: 400))
        var contestants: [Contestant] = [
            .roost { _ in try Child.run("enqueue", try place(store, plan), "\(count)", "one") }
        ]
        contestants += huey(plan) { try $0.enqueue(store.rawValue, jobs: isMemory ? count / 2 : count, plan: plan) }
        if !isMemory {
            if !plan.isQuick {
                contestants += huey(plan, "Huey, cysqlite") { try $0.enqueue("cysqlite", jobs: count, plan: plan) }
            }
            contestants.append(rawEnqueue(count, plan))
        }
        return Case(
            id: "enqueue-one",
            store: store,
            rounds: plan.rounds(5),
            contestants: contestants,
            rows: [RowPlan("enqueue-one", "enqueue, one by one", "jobs_per_second", .perSecond)]
        )
    }

    private static func rawEnqueue(_ count: Int, _ plan: Plan) -> Contestant {
        Contestant(role: .reference, name: "raw limit, a commit a row") { _ in
            try Child.run("raw-enqueue", try plan.newFile("raw"), "\(count)")
        }
    }

    private static func many(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(store == .memory ? 300_000 : 100_000, quick: 20_000)
        return Case(
            id: "enqueue-many",
            store: store,
            rounds: plan.rounds(5),
            contestants: [.roost { _ in try Child.run("enqueue", try place(store, plan), "\(count)", "many") }],
            rows: [RowPlan("enqueue-many", "enqueue, 1,000 a call", "jobs_per_second", .perSecond)]
        )
    }

    private static func unique(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = store == .memory ? plan.size(100_000, quick: 20_000) : plan.commits(plan.size(2000, quick: 400))
        var contestants: [Contestant] = [
            .roost { _ in try Child.run("enqueue", try place(store, plan), "\(count)", "unique") }
        ]
        if store == .sqlite { contestants.append(rawEnqueue(count, plan)) }
        return Case(
            id: "enqueue-unique",
            store: store,
            rounds: plan.rounds(3),
            contestants: contestants,
            rows: [RowPlan("enqueue-unique", "enqueue of unique jobs, one by one", "jobs_per_second", .perSecond)]
        )
    }
}
