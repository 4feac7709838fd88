/// All cases, in the order of the table.
enum Cases {
    static func all(_ plan: Plan) -> [Case] {
        enqueue(plan) + drains(plan) + latencies(plan) + backlogs(plan) + graphs(plan) + footprints(plan)
    }

    /// A contestant that needs Huey: none where it is not installed.
    static func huey(
        _ plan: Plan,
        _ name: String = "Huey",
        _ measure: @escaping (Huey) throws -> Figures
    ) -> [Contestant] {
        guard let huey = plan.huey else { return [] }
        return [Contestant(role: .peer, name: name) { _ in try measure(huey) }]
    }

    /// Where a case works: in memory, or in a new file.
    static func place(_ store: StoreKind, _ plan: Plan) throws -> String {
        store == .memory ? "memory" : try plan.newFile("roost")
    }
}
