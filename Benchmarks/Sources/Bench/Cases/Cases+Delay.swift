extension Cases {
    /// The drain over a network that takes a millisecond more, there and back or each way, and over the same proxy without: what
    /// the proxy itself takes of the two processors is on both sides.
    static func delayed(_ plan: Plan) -> [Case] {
        [
            delayed("drain-delayed", by: 500, "drain, 1 ms of delay added to a round trip", plan),
            delayed("drain-delayed-twice", by: 1000, "drain, 1 ms of delay added each way", plan),
        ]
    }

    /// - Parameter delay: each way, in microseconds.
    private static func delayed(_ id: String, by delay: Int, _ title: String, _ plan: Plan) -> Case {
        let count = drained(.redis, plan)
        let template = Template("roost-full", .redis)
        func measure(delay microseconds: Int) throws -> Figures {
            try plan.at(.redis, from: template) { place in
                guard let server = place.server else { throw Failure("there is no server") }
                let proxy = try Child("proxy", "\(server.port)", "\(microseconds)")
                guard let port = try proxy.line(within: 10) else { throw Failure("the proxy did not start") }
                let figures = try drain("redis://127.0.0.1:\(port)", count, workers: 1)
                try proxy.end()
                return figures
            }
        }
        return Case(
            id: id,
            store: .redis,
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
