extension Cases {
    static func footprints(_ plan: Plan) -> [Case] {
        [flat(plan), waitingMemory(plan), waitingBytes(plan)] + StoreKind.allCases.map { idle($0, plan) }
    }

    private static func flat(_ plan: Plan) -> Case {
        let count = plan.size(1_000_000, quick: 50_000)
        let template = Template("flat", .sqlite)
        return Case(
            id: "flat",
            store: .sqlite,
            rounds: 1,
            contestants: [.roost { _ in try Child.run(["flat", template.path, "\(count)"]) }],
            rows: [
                // A short run ends before the page cache is full, so that it shows no more than that it fills.
                RowPlan(
                    plan.isQuick ? "flat-quick" : "flat",
                    "memory after \(grouped(Double(count))) jobs, of that after a tenth",
                    "growth",
                    .times
                ),
                RowPlan("peak", "peak memory of that worker", "memory", .megabytes),
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }

    /// What a server holds for each job that waits.
    private static func waitingMemory(_ plan: Plan) -> Case {
        let count = plan.size(900_000, quick: 50_000)
        return Case(
            id: "waiting-memory",
            store: .redis,
            rounds: 1,
            contestants: [
                .roost { _ in
                    try plan.at(.redis) { place in
                        guard let server = place.server else { throw Failure("there is no server") }
                        // What is there once, such as the scripts, is there before.
                        _ = try Child.run(["padded", place.name, "1000"])
                        let before = try server.number("used_memory", of: "memory")
                        let filled = try Child.run(["padded", place.name, "\(count)"])
                        let used = try server.number("used_memory", of: "memory") - before
                        let file = try server.number("aof_current_size", of: "persistence")
                        return [
                            "memory_per_job": used / Double(count), "file_per_job": file / Double(count + 1000),
                            "jobs_per_second": filled["jobs_per_second"] ?? 0,
                        ]
                    }
                }
            ],
            rows: [
                RowPlan(
                    "waiting-memory",
                    "memory of each of \(grouped(Double(count))) jobs that wait, payload of 100 bytes",
                    "memory_per_job",
                    .bytes,
                    asides: [
                        ("file_per_job", "in the append-only file:", .bytes),
                        ("jobs_per_second", "enqueued, 1,000 a call:", .perSecond),
                    ]
                )
            ]
        )
    }

    /// What a job that waits takes on the server's disk, with its indexes.
    private static func waitingBytes(_ plan: Plan) -> Case {
        let count = plan.size(900_000, quick: 50_000)
        return Case(
            id: "waiting-bytes",
            store: .postgres,
            rounds: 1,
            contestants: [
                .roost { _ in
                    try plan.at(.postgres) { place in
                        guard let server = place.postgres else { throw Failure("there is no server") }
                        var figures = try place.metered(count) { try Child.run(["padded", $0, "\(count)"]) }
                        let table = try server.number("SELECT pg_table_size('roost.job')")
                        let indexes = try server.number("SELECT pg_indexes_size('roost.job')")
                        figures["bytes_per_job"] = (table + indexes) / Double(count)
                        figures["index_bytes_per_job"] = indexes / Double(count)
                        return figures
                    }
                }
            ],
            rows: [
                RowPlan(
                    "waiting-bytes",
                    "bytes on disk of each of \(grouped(Double(count))) jobs that wait, payload of 100 bytes",
                    "bytes_per_job",
                    .bytes,
                    asides: [
                        ("index_bytes_per_job", "of its indexes:", .bytes),
                        ("wal_per_job", "in the server's log:", .bytes),
                        ("jobs_per_second", "enqueued, 1,000 a call:", .perSecond),
                    ]
                )
            ]
        )
    }

    private static func idle(_ store: StoreKind, _ plan: Plan) -> Case {
        let seconds = plan.size(5, quick: 1)
        return Case(
            id: "idle",
            store: store,
            rounds: plan.rounds(store == .redis ? 2 : 3),
            contestants: [
                .roost { _ in try child("idle", store, plan, "\(seconds)") }
            ]
                + huey(plan, store == .redis || store == .postgres ? "Huey" : "Huey at the delay of its latency") {
                    try $0.idle(store, seconds: seconds, plan: plan)
                } + sidekiq(store, plan) { try $0.idle(seconds: seconds, plan: plan) },
            rows: [
                RowPlan(
                    "idle",
                    "idle worker, of a core",
                    "core_share",
                    .percent,
                    asides: [("memory", "it holds", .megabytes)]
                )
            ]
        )
    }
}
