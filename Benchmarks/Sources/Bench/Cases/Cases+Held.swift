extension Cases {
    /// Somebody's transaction stays open, so that the server can clear away nothing that jobs leave behind: what that does to their
    /// start while a load goes on, and to a drain after the transaction has ended, beside one before it began.
    static func held(_ plan: Plan) -> Case {
        let seconds = plan.size(600, quick: 60)
        let rate = 2000
        let count = drained(.postgres, plan)
        let before = Before()
        return Case(
            id: "held",
            store: .postgres,
            rounds: 1,
            contestants: [
                .roost { _ in
                    try plan.at(.postgres) { place in
                        guard let server = place.postgres else { throw Failure("there is no server") }
                        let child = try Child("held", place.name, "\(rate)")
                        try child.expect("ready")
                        func order(_ line: String) throws -> Figures {
                            try child.send(line)
                            return try child.nextResult()
                        }
                        // Twice, since the first one also opens connections and fills caches.
                        _ = try order("drain \(count)")
                        before.figures = ["before": try order("drain \(count)")["jobs_per_second"] ?? 0]
                        let free = try order("offer \(plan.size(20, quick: 5))")

                        let holder = try server.client("psql", ["-X", "-q", "-A", "-t", "postgres"])
                        try holder.send("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT txid_current();")
                        guard let number = try holder.line(within: 30) else { throw Failure("no transaction began") }
                        var figures = try order("offer \(seconds)")
                        let horizon = try server.sql(
                            "SELECT count(*) FROM pg_stat_activity WHERE backend_xid::text::bigint = \(number) AND backend_xmin IS NOT NULL"
                        )
                        guard horizon == "1" else { throw Failure("the transaction did not stay open") }
                        figures["dead"] = try server.number(
                            "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'job'"
                        )
                        figures["held_drain"] = try order("drain \(count / 2)")["jobs_per_second"]
                        try holder.send("COMMIT;")
                        try holder.end()

                        figures["jobs_per_second"] = try order("drain \(count)")["jobs_per_second"]
                        figures["free_p99"] = free["start_p99"]
                        figures["after_again"] = try order("drain \(count)")["jobs_per_second"]
                        try child.end()
                        return figures
                    }
                },
                Contestant(role: .reference, name: "before it") { _ in before.figures },
            ],
            rows: [
                RowPlan(
                    "held-start",
                    "start of a job, \(grouped(Double(rate)))/s offered, a transaction held open for \(seconds) s, p99",
                    "start_p99",
                    .seconds,
                    asides: [
                        ("start_p50", "p50", .seconds), ("start_max", "longest", .seconds),
                        ("free_p99", "p99 without such a transaction", .seconds),
                        ("late_p99", "p99 of the last tenth", .seconds), ("offered", "offered", .perSecond),
                        ("cpu_share", "CPU of the worker's process, of a core", .percent),
                        ("dead", "dead rows at the end:", .perJob),
                    ]
                ),
                RowPlan(
                    "held-drain",
                    "drain after that transaction",
                    "jobs_per_second",
                    .perSecond,
                    referenceFigure: "before",
                    asides: [
                        ("held_drain", "while it was held still:", .perSecond),
                        ("after_again", "once more:", .perSecond),
                    ]
                ),
            ]
        )
    }

    /// What was found before, by the same child.
    private final class Before {
        var figures: Figures = [:]
    }
}
