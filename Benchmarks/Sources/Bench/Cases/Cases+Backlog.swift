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
        let full = Kept(store, plan, "roost")
        let empty = Kept(store, plan, "empty")
        let rounds = plan.rounds(3)
        func measure(_ kept: Kept, _ beside: Int, _ round: Int) throws -> Figures {
            if round == 0 { try kept.begin("\(count)", state, "\(beside)") }
            guard let child = kept.child else { throw Failure("there is no process to measure") }
            try child.send("go")
            let figures = try child.nextResult()
            if round == rounds - 1 { try kept.end() }
            return figures
        }
        return Case(
            id: id,
            store: store,
            rounds: rounds,
            contestants: [
                .roost { try measure(full, beside, $0) },
                Contestant(role: .reference, name: "without") { try measure(empty, 0, $0) },
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

    /// A process that lives through all rounds of a case, and its server, where it has one.
    private final class Kept {
        private let store: StoreKind
        private let plan: Plan
        private let name: String
        private var server: RedisServer?
        private var postgres: PostgresServer?
        private(set) var child: Child?

        init(_ store: StoreKind, _ plan: Plan, _ name: String) {
            self.store = store
            self.plan = plan
            self.name = name
        }

        func begin(_ arguments: String...) throws {
            let place: String
            switch store {
            case .memory: place = "memory"
            case .sqlite: place = try plan.newFile(name)
            case .redis:
                let new = try RedisServer(in: plan.newFolder(name))
                server = new
                place = new.url
            case .postgres:
                let new = try plan.newPostgres(name)
                postgres = new
                place = new.url
            }
            let child = try Child(["drain", place] + arguments)
            self.child = child
            try child.expect("ready")
        }

        func end() throws {
            try child?.end()
            child = nil
            try server?.end()
            server = nil
            try postgres?.end()
            postgres = nil
        }
    }
}
