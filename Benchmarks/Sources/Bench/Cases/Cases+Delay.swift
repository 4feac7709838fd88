import Foundation

extension Cases {
    /// The drain over a network that takes a millisecond more, there and back or each way, and over the same proxy without: what
    /// the proxy itself takes of the two processors is on both sides.
    static func delayed(_ store: StoreKind, _ plan: Plan) -> [Case] {
        [
            delayed("drain-delayed", store, by: 500, "drain, 1 ms of delay added to a round trip", plan),
            delayed("drain-delayed-twice", store, by: 1000, "drain, 1 ms of delay added each way", plan),
        ]
    }

    /// - Parameter delay: each way, in microseconds.
    private static func delayed(
        _ id: String,
        _ store: StoreKind,
        by delay: Int,
        _ title: String,
        _ plan: Plan
    ) -> Case {
        let count = drained(store, plan)
        let template = Template("roost-full", store)
        func measure(delay microseconds: Int) throws -> Figures {
            try plan.at(store, from: template) { place in
                guard let server = place.server?.port ?? place.postgres?.port else {
                    throw Failure("there is no server")
                }
                let proxy = try Child("proxy", "\(server)", "\(microseconds)")
                guard let port = try proxy.line(within: 10) else { throw Failure("the proxy did not start") }
                let figures = try drain(
                    place.name.replacingOccurrences(of: ":\(server)", with: ":\(port)"),
                    count,
                    workers: 1
                )
                try proxy.end()
                return figures
            }
        }
        return Case(
            id: id,
            store: store,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in try measure(delay: delay) },
                Contestant(role: .reference, name: "by the same proxy, no delay") { _ in try measure(delay: 0) },
            ],
            rows: [
                RowPlan(id, title, "jobs_per_second", .perSecond)
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }
}
