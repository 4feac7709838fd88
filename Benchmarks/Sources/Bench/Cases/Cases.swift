/// All cases, in the order of the table.
enum Cases {
    static func all(_ plan: Plan) -> [Case] {
        enqueue(plan) + drains(plan) + latencies(plan) + backlogs(plan) + graphs(plan) + footprints(plan)
            + [held(plan)]
    }

    /// A contestant that needs Huey: none where it is not installed.
    static func huey(
        _ plan: Plan,
        _ name: String = "Huey",
        _ measure: @escaping (Huey) throws -> Figures
    ) -> [Contestant] {
        guard let huey = plan.huey else { return [] }
        return [Contestant(role: .peer(.huey), name: name) { _ in try measure(huey) }]
    }

    /// A contestant that needs Sidekiq: none on other stores than its own, or where it is not installed.
    static func sidekiq(
        _ store: StoreKind,
        _ plan: Plan,
        _ measure: @escaping (Sidekiq) throws -> Figures
    ) -> [Contestant] {
        guard store == .redis, let sidekiq = plan.sidekiq else { return [] }
        return [Contestant(role: .peer(.sidekiq), name: "Sidekiq") { _ in try measure(sidekiq) }]
    }

    /// Contestants that run on Postgres alone: none on other stores, or where they are not installed.
    static func postgresPeers(
        _ store: StoreKind,
        _ plan: Plan,
        _ measure: @escaping (PostgresPeer) throws -> Figures
    ) -> [Contestant] {
        guard store == .postgres else { return [] }
        return plan.postgresPeers.map { one in
            Contestant(role: .peer(one.peer), name: one.peer.rawValue) { _ in try measure(one) }
        }
    }

    /// Runs a child in a new place: its arguments are its role, the place, and `arguments`.
    static func child(
        _ role: String,
        _ store: StoreKind,
        _ plan: Plan,
        _ arguments: String...
    ) throws -> Figures {
        try plan.at(store) { try Child.run([role, $0.name] + arguments) }
    }
}
