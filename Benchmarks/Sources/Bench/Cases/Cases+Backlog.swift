extension Cases {
    static func backlogs(_ plan: Plan) -> [Case] {
        StoreKind.allCases.flatMap { store in
            [("waiting", "ready"), ("scheduled", "scheduled"), ("finished", "finished")].map {
                backlog($0.0, state: $0.1, store, plan)
            }
        }
    }

    /// The same drain, in a store that holds a million other jobs, and in one that holds none.
    private static func backlog(_ id: String, state: String, _ store: StoreKind, _ plan: Plan) -> Case {
        let beside = plan.size(1_000_000, quick: 50_000)
        let count = plan.size(store == .memory ? 200_000 : 50_000, quick: 10_000)
        let full = Kept()
        let empty = Kept()
        let rounds = plan.rounds(3)
        func measure(_ kept: Kept, _ beside: Int, _ name: String, _ round: Int) throws -> Figures {
            if round == 0 {
                let file = store == .memory ? "memory" : try plan.newFile(name)
                kept.child = try Child("drain", file, "\(count)", state, "\(beside)")
                try kept.child?.expect("ready")
            }
            guard let child = kept.child else { throw Failure("there is no process to measure") }
            try child.send("go")
            let figures = try child.nextResult()
            if round == rounds - 1 {
                try child.end()
                kept.child = nil
            }
            return figures
        }
        return Case(
            id: id,
            store: store,
            rounds: rounds,
            contestants: [
                .roost { try measure(full, beside, "roost", $0) },
                Contestant(role: .reference, name: "without") { try measure(empty, 0, "empty", $0) },
            ],
            rows: [
                RowPlan(
                    id,
                    "drain with \(grouped(Double(beside))) \(id)",
                    "jobs_per_second",
                    .perSecond,
                    asides: [("peak_memory", "the process held at most", .megabytes)]
                )
            ]
        )
    }

    /// A process that lives through all rounds of a case.
    private final class Kept {
        var child: Child?
    }
}
