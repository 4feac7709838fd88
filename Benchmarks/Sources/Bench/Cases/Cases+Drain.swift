extension Cases {
    static func drains(_ plan: Plan) -> [Case] {
        [memoryDrain(plan), sqliteDrain(plan), twoWorkers(plan), cost(plan), beside(plan)]
            + StoreKind.allCases.flatMap { [both($0, plan), slots($0, plan)] }
    }

    private static let asides: [(figure: String, title: String, unit: FigureUnit)] = [
        ("cpu_per_job", "CPU of the worker process, all threads, a job:", .microsecondsPerJob),
        ("batch", "jobs a settle:", .perJob),
        ("wal_pages_per_job", "pages to the WAL a job:", .perJob),
    ]

    private static func memoryDrain(_ plan: Plan) -> Case {
        let count = plan.size(300_000, quick: 50_000)
        return Case(
            id: "drain",
            store: .memory,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in
                    let child = try Child("drain", "memory", "\(count)", "ready", "0")
                    return try goOnce(child)
                }
            ] + huey(plan) { try $0.drain(.memory, jobs: plan.size(30_000, quick: 5000), plan: plan) },
            rows: [RowPlan("drain", "drain", "jobs_per_second", .perSecond, asides: asides)]
        )
    }

    /// One round of a child that would do several.
    static func goOnce(_ child: Child) throws -> Figures {
        try child.expect("ready")
        try child.send("go")
        let figures = try child.nextResult()
        try child.end()
        return figures
    }

    // MARK: SQLite

    private static func sqliteDrain(_ plan: Plan) -> Case {
        let count = plan.size(100_000, quick: 10_000)
        let template = Template("roost-full")
        let rawTemplate = Template("raw-full")
        func raw(_ connections: Int, _ way: String, _ name: String) -> Contestant {
            Contestant(role: .reference, name: name) { _ in
                let file = try plan.copy(rawTemplate.path, to: "raw")
                return try Child.run("raw-drain", file, "500", "\(connections)", way)
            }
        }
        return Case(
            id: "drain",
            store: .sqlite,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in try drain(plan.copy(template.path, to: "roost"), count, workers: 1) }
            ] + huey(plan) { try $0.drain(.sqlite, jobs: plan.commits(plan.size(5000, quick: 500)), plan: plan) } + [
                raw(1, "apart", "raw limit, 1 connection"),
                raw(2, "apart", "raw limit, 2 connections"),
                raw(4, "apart", "raw limit, 4 connections"),
            ],
            rows: [RowPlan("drain", "drain", "jobs_per_second", .perSecond, asides: asides)],
            prepare: {
                try template.fill(by: "fill", count, plan)
                try rawTemplate.fill(by: "raw-fill", count, plan)
            }
        )
    }

    private static func twoWorkers(_ plan: Plan) -> Case {
        let count = plan.size(100_000, quick: 10_000)
        let template = Template("roost-full")
        return Case(
            id: "drain-two",
            store: .sqlite,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in try drain(plan.copy(template.path, to: "roost"), count, workers: 2) },
                Contestant(role: .reference, name: "one worker") { _ in
                    try drain(plan.copy(template.path, to: "roost"), count, workers: 1)
                },
            ],
            rows: [RowPlan("drain-two", "drain by two worker processes", "jobs_per_second", .perSecond)],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }

    /// Has worker processes empty the file, from the first one's start to the last settle of all.
    static func drain(_ file: String, _ count: Int, workers: Int) throws -> Figures {
        let children = try (0..<workers).map { _ in try Child("worker", file, "tell") }
        for child in children { try child.expect("ready") }
        for child in children { try child.send("go") }
        var settled = Array(repeating: 0, count: workers)
        let deadline = Clock.now + Child.patience
        while settled.reduce(0, +) < count {
            guard Clock.now < deadline else { throw Failure("the drain did not end in time: \(settled)") }
            // In turn, with short waits, since either may be the last.
            for (index, child) in children.enumerated() {
                while let line = try child.line(ifWithin: workers == 1 ? 1 : 0.01) {
                    if line.hasPrefix("error ") { throw Failure("worker: \(line.dropFirst(6))") }
                    guard line.hasPrefix("settled "), let number = Int(line.dropFirst(8)) else { continue }
                    settled[index] = number
                    if settled.reduce(0, +) >= count { break }
                }
                if child.hasEnded { throw Failure("worker \(index + 1) ended before its time") }
            }
        }
        var all: [Figures] = []
        for child in children {
            try child.closeInput()
            all.append(try child.result())
        }
        let total = all.reduce(0) { $0 + ($1["settled"] ?? 0) }
        guard Int(total) == count else { throw Failure("\(Int(total)) jobs were settled, and not \(count)") }
        let start = all.compactMap { $0["start"] }.min() ?? 0
        let end = all.compactMap { $0["end"] }.max() ?? 0
        var figures = all[0]
        figures["jobs_per_second"] = total / (end - start)
        return figures
    }

    private static func cost(_ plan: Plan) -> Case {
        let count = plan.size(100_000, quick: 10_000)
        let template = Template("roost-full")
        let rawTemplate = Template("raw-full")
        return Case(
            id: "cost",
            store: .sqlite,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in try Child.run("exchanges", try plan.copy(template.path, to: "roost"), "500") },
                Contestant(role: .reference, name: "raw limit") { _ in
                    try Child.run("raw-drain", try plan.copy(rawTemplate.path, to: "raw"), "500", "1", "together")
                },
            ],
            rows: [
                RowPlan(
                    "cost",
                    "writer's CPU a job, 500 a call",
                    "writer_cpu_per_job",
                    .microsecondsPerJob
                ),
                RowPlan("exchange", "settle and claim, 500 a call, no worker", "jobs_per_second", .perSecond),
                RowPlan("wal", "pages written to the WAL a job", "wal_pages_per_job", .perJob),
                RowPlan("written", "pages written a job, with checkpoints", "pages_per_job", .perJob),
            ],
            prepare: {
                try template.fill(by: "fill", count, plan)
                try rawTemplate.fill(by: "raw-fill", count, plan)
            }
        )
    }

    /// Another process's single enqueues while a worker drains.
    private static func beside(_ plan: Plan) -> Case {
        let seconds = plan.size(4, quick: 1)
        // More than a worker can do in that time; the rest is left.
        let count = seconds * 160_000 + 40_000
        let template = Template("beside")
        return Case(
            id: "beside-drain",
            store: .sqlite,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in
                    let file = try plan.copy(template.path, to: "roost")
                    let worker = try Child("worker", file)
                    try worker.expect("ready")
                    try worker.send("go")
                    Clock.sleep(0.2)
                    var figures = try Child.run("beside", file, "\(seconds)")
                    try worker.closeInput()
                    let settled = try worker.result()["settled"] ?? 0
                    guard Int(settled) < count else { throw Failure("the drain ended before the enqueues did") }
                    guard settled > 0 else { throw Failure("the worker settled nothing meanwhile") }
                    figures["drained"] = settled / Double(seconds)
                    return figures
                }
            ],
            rows: [
                RowPlan(
                    "beside-drain-p50",
                    "another process's enqueue beside a drain, p50",
                    "p50",
                    .seconds,
                    asides: [("calls", "enqueues:", .perJob), ("drained", "drained meanwhile:", .perSecond)]
                ),
                RowPlan(
                    "beside-drain-p99",
                    "another process's enqueue beside a drain, p99",
                    "p99",
                    .seconds,
                    asides: [("max", "longest:", .seconds)]
                ),
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }

    // MARK: Both stores

    private static func both(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(store == .memory ? 200_000 : 60_000, quick: 10_000)
        return Case(
            id: "both",
            store: store,
            rounds: plan.rounds(5),
            contestants: [.roost { _ in try Child.run("both", try place(store, plan), "\(count)") }],
            rows: [
                RowPlan(
                    "both",
                    "enqueue (100 a call) and work at once",
                    "jobs_per_second",
                    .perSecond,
                    asides: [("enqueued_per_second", "enqueued:", .perSecond)]
                )
            ]
        )
    }

    private static func slots(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(30_000, quick: 10_000)
        return Case(
            id: "slots",
            store: store,
            rounds: plan.rounds(3),
            contestants: [.roost { _ in try Child.run("slots", try place(store, plan), "\(count)") }],
            rows: [RowPlan("slots", "jobs of 1 ms in 16 slots", "jobs_per_second", .perSecond)]
        )
    }
}
