/// The raw limit as a contestant: a loop of claim and settle, 500 a call, from a store that was filled for it.
struct RawLimit {
    private let store: StoreKind
    private let count: Int
    private let plan: Plan
    private let template: Template
    /// On Redis: the commands of Roost's own script in short ones, and not that script.
    private let isShort: Bool

    init(_ store: StoreKind, _ count: Int, _ plan: Plan, isShort: Bool = false) {
        self.store = store
        self.count = count
        self.plan = plan
        self.isShort = isShort
        template = Template(store != .sqlite && !isShort ? "roost-full" : "raw-full", store)
    }

    func fill() throws {
        try template.fill(by: store == .sqlite ? "raw-fill" : isShort ? "raw-redis-fill" : "fill", count, plan)
    }

    /// - Parameter isTogether: whether a settle and the next claim are one transaction, or go out at once.
    func contestant(connections: Int, isTogether: Bool = false) -> Contestant {
        var name = isShort ? "short scripts" : "raw limit"
        if !isTogether { name += ", \(connections) connection\(connections == 1 ? "" : "s")" }
        if store == .postgres { return postgres(clients: connections, isTogether: isTogether, name) }
        let role = store == .redis ? "raw-redis-drain" : "raw-drain"
        var arguments = ["500", "\(connections)", isTogether ? "together" : "apart"]
        if store == .redis, !isShort { arguments.append(plan.scripts) }
        return Contestant(role: .reference, name: name) { _ in
            try plan.at(store, "raw", from: template) { place in
                try place.metered(count) { try Child.run([role, $0] + arguments) }
            }
        }
    }

    private func postgres(clients: Int, isTogether: Bool, _ name: String) -> Contestant {
        Contestant(role: .reference, name: name) { _ in
            try plan.at(.postgres, "raw", from: template) { place in
                guard let server = place.postgres else { throw Failure("there is no server") }
                let raw = RawPostgres(server, folder: plan.scratch)
                return try place.metered(count) { _ in
                    try raw.drain(count, batch: 500, clients: clients, isTogether: isTogether)
                }
            }
        }
    }
}
