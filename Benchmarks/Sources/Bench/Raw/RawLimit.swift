/// The raw limit as a contestant: a loop of claim and settle, 500 a call, from a store that was filled for it.
struct RawLimit {
    private let store: StoreKind
    private let count: Int
    private let plan: Plan
    private let template: Template

    init(_ store: StoreKind, _ count: Int, _ plan: Plan) {
        self.store = store
        self.count = count
        self.plan = plan
        template = Template("raw-full", store)
    }

    func fill() throws {
        try template.fill(by: store == .redis ? "raw-redis-fill" : "raw-fill", count, plan)
    }

    /// - Parameter isTogether: whether a settle and the next claim are one transaction, or go out at once.
    func contestant(connections: Int, isTogether: Bool = false) -> Contestant {
        let name = isTogether ? "raw limit" : "raw limit, \(connections) connection\(connections == 1 ? "" : "s")"
        let role = store == .redis ? "raw-redis-drain" : "raw-drain"
        let way = isTogether ? "together" : "apart"
        return Contestant(role: .reference, name: name) { _ in
            try plan.at(store, "raw", from: template) { place in
                try place.metered(count) { try Child.run([role, $0, "500", "\(connections)", way]) }
            }
        }
    }
}
