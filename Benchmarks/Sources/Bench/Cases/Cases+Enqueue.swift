extension Cases {
    static func enqueue(_ plan: Plan) -> [Case] {
        StoreKind.allCases.flatMap { store in [one(store, plan), many(store, plan), unique(store, plan)] }
    }

    private static func one(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = singles(store, plan)
        var contestants: [Contestant] = [.roost { _ in try child("enqueue", store, plan, "\(count)", "one") }]
        contestants += huey(plan) { try $0.enqueue(store, jobs: store == .memory ? count / 2 : count, plan: plan) }
        contestants += sidekiq(store, plan) { try $0.enqueue(many: false, jobs: count, plan: plan) }
        contestants += postgresPeers(store, plan) { try $0.enqueue(many: false, jobs: count, plan: plan) }
        if store == .sqlite, !plan.isQuick {
            contestants += huey(plan, "Huey, cysqlite") {
                try $0.enqueue(.sqlite, driver: "cysqlite", jobs: count, plan: plan)
            }
        }
        contestants += limit(store, count, plan)
        return Case(
            id: "enqueue-one",
            store: store,
            rounds: plan.rounds(5),
            contestants: contestants,
            rows: [RowPlan("enqueue-one", "enqueue, one by one", "jobs_per_second", .perSecond)]
        )
    }

    /// How many single enqueues to measure.
    private static func singles(_ store: StoreKind, _ plan: Plan) -> Int {
        switch store {
        case .memory: plan.size(100_000, quick: 20_000)
        case .sqlite, .postgres: plan.commits(plan.size(2000, quick: 400))
        case .redis: plan.size(3000, quick: 1000)
        }
    }

    /// What a single enqueue costs at least: a commit, or a round trip.
    private static func limit(_ store: StoreKind, _ count: Int, _ plan: Plan) -> [Contestant] {
        switch store {
        case .memory: []
        case .sqlite:
            [
                Contestant(role: .reference, name: "raw limit, a commit a row") { _ in
                    try child("raw-enqueue", .sqlite, plan, "\(count)")
                }
            ]
        case .postgres:
            [
                raw("one INSERT and commit a row, pgbench", plan) { try $0.commits(count) }
            ]
        case .redis:
            [
                Contestant(role: .reference, name: "round trips of the same client") { _ in
                    try child("round-trips", .redis, plan, "\(count)")
                }
            ]
        }
    }

    private static func raw(
        _ name: String,
        _ plan: Plan,
        _ measure: @escaping (RawPostgres) throws -> Figures
    ) -> Contestant {
        Contestant(role: .reference, name: name) { _ in
            try plan.at(.postgres, "raw") { place in
                guard let server = place.postgres else { throw Failure("there is no server") }
                return try measure(RawPostgres(server, folder: plan.scratch))
            }
        }
    }

    private static func many(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(store == .memory ? 300_000 : 100_000, quick: 20_000)
        return Case(
            id: "enqueue-many",
            store: store,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in
                    try plan.at(store) { place in
                        try place.metered(count) { try Child.run(["enqueue", $0, "\(count)", "many"]) }
                    }
                }
            ]
                + sidekiq(store, plan) { try $0.enqueue(many: true, jobs: count, plan: plan) }
                + postgresPeers(store, plan) { peer in
                    let jobs = peer.peer == .pgqueuer ? count : count / 5
                    return try peer.enqueue(many: true, jobs: jobs, plan: plan)
                }
                + (store == .postgres
                    ? [raw("raw limit, 1 connection", plan) { try $0.enqueue(count, batch: 1000) }] : []),
            rows: [
                RowPlan(
                    "enqueue-many",
                    "enqueue, 1,000 a call",
                    "jobs_per_second",
                    .perSecond,
                    asides: store == .postgres ? [("wal_per_job", "bytes of the server's log a job:", .bytes)] : []
                )
            ]
        )
    }

    private static func unique(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = singles(store, plan)
        return Case(
            id: "enqueue-unique",
            store: store,
            rounds: plan.rounds(3),
            contestants: [.roost { _ in try child("enqueue", store, plan, "\(count)", "unique") }]
                + limit(store, count, plan),
            rows: [RowPlan("enqueue-unique", "enqueue of unique jobs, one by one", "jobs_per_second", .perSecond)]
        )
    }
}
