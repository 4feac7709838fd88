extension Cases {
    static func drains(_ plan: Plan) -> [Case] {
        [memoryDrain(plan)]
            + [.sqlite, .redis, .postgres].flatMap { [drain($0, plan), twoWorkers($0, plan), cost($0, plan)] }
            + [.redis, .postgres].flatMap { delayed($0, plan) } + [beside(plan)]
            + StoreKind.allCases.flatMap { [both($0, plan), slots($0, plan)] } + [manySlots(plan)]
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

    // MARK: Stores of processes

    /// How many jobs a drain takes: a good half of a second, at least.
    static func drained(_ store: StoreKind, _ plan: Plan) -> Int {
        plan.size(store == .redis ? 300_000 : 100_000, quick: store == .postgres ? 20_000 : 10_000)
    }

    private static func drain(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = drained(store, plan)
        let template = Template("roost-full", store)
        let raw = RawLimit(store, count, plan)
        let peerJobs = store == .redis ? plan.size(5000, quick: 1000) : plan.commits(plan.size(5000, quick: 500))
        var rows = [RowPlan("drain", "drain", "jobs_per_second", .perSecond, asides: asides)]
        if store == .redis { rows.append(serverTime("drain-server", "server time a job of the drain")) }
        if store == .postgres {
            rows.append(
                RowPlan(
                    "drain-wal",
                    "server's log a job of the drain",
                    "wal_per_job",
                    .bytes,
                    asides: [("full_pages_per_job", "whole pages in it, a job:", .perJob)]
                )
            )
            rows.append(serverCPU("drain-server", "server's CPU a job of the drain"))
        }
        return Case(
            id: "drain",
            store: store,
            rounds: plan.rounds(5),
            contestants: [.roost { _ in try drain(store, from: template, count, workers: 1, plan) }]
                + huey(plan) { try $0.drain(store, jobs: peerJobs, plan: plan) }
                + sidekiq(store, plan) { try $0.drain(jobs: plan.size(15_000, quick: 2000), plan: plan) }
                + postgresPeers(store, plan) { try $0.drain(plan: plan) }
                + [1, 2, 4].map { raw.contestant(connections: $0) },
            rows: rows,
            prepare: {
                try template.fill(by: "fill", count, plan)
                try raw.fill()
            }
        )
    }

    private static let serverAsides: [(figure: String, title: String, unit: FigureUnit)] = [
        ("server_time_per_job", "time of the server a job:", .microsecondsPerJob),
        ("server_cpu_per_job", "CPU of the server process, all threads, a job:", .microsecondsPerJob),
    ]

    /// A row of a case whose contestants are metered.
    private static func serverTime(_ id: String, _ title: String) -> RowPlan {
        RowPlan(
            id,
            title,
            "server_time_per_job",
            .microsecondsPerJob,
            asides: [("server_cpu_per_job", "CPU of the server process, all threads, a job:", .microsecondsPerJob)]
        )
    }

    private static func serverCPU(_ id: String, _ title: String) -> RowPlan {
        RowPlan(id, title, "server_cpu_per_job", .microsecondsPerJob)
    }

    private static func twoWorkers(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = drained(store, plan)
        let template = Template("roost-full", store)
        return Case(
            id: "drain-two",
            store: store,
            rounds: plan.rounds(5),
            contestants: [
                .roost { _ in try drain(store, from: template, count, workers: 2, plan) },
                Contestant(role: .reference, name: "one worker") { _ in
                    try drain(store, from: template, count, workers: 1, plan)
                },
            ],
            rows: [
                RowPlan(
                    "drain-two",
                    "drain by two worker processes",
                    "jobs_per_second",
                    .perSecond,
                    asides: asides + serverAsides
                )
            ],
            prepare: { try template.fill(by: "fill", count, plan) }
        )
    }

    /// Has worker processes empty a copy of `template`.
    private static func drain(
        _ store: StoreKind,
        from template: Template,
        _ count: Int,
        workers: Int,
        _ plan: Plan
    ) throws -> Figures {
        try plan.at(store, from: template) { place in
            try place.metered(count) { try drain($0, count, workers: workers) }
        }
    }

    /// Has worker processes empty the store, from the first one's start to the last settle of all.
    static func drain(_ store: String, _ count: Int, workers: Int) throws -> Figures {
        let children = try (0..<workers).map { _ in try Child("worker", store, "tell") }
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

    /// What the store itself costs: settle and claim in a loop, without a worker.
    private static func cost(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = drained(store, plan)
        let template = Template("roost-full", store)
        let raw = RawLimit(store, count, plan, isShort: store == .redis)
        let exchange = RowPlan("exchange", "settle and claim, 500 a call, no worker", "jobs_per_second", .perSecond)
        let rows: [RowPlan]
        if store == .redis {
            rows = [serverTime("cost", "server time a job, 500 a call"), exchange]
        } else if store == .postgres {
            rows = [serverCPU("cost", "server's CPU a job, 500 a call"), exchange]
        } else {
            rows = [
                RowPlan("cost", "writer's CPU a job, 500 a call", "writer_cpu_per_job", .microsecondsPerJob),
                exchange,
                RowPlan("wal", "pages written to the WAL a job", "wal_pages_per_job", .perJob),
                RowPlan("written", "pages written a job, with checkpoints", "pages_per_job", .perJob),
            ]
        }
        return Case(
            id: "cost",
            store: store,
            rounds: plan.rounds(store == .sqlite ? 5 : 3),
            contestants: [
                .roost { _ in
                    try plan.at(store, from: template) { place in
                        try place.metered(count) { try Child.run(["exchanges", $0, "500"]) }
                    }
                },
                raw.contestant(connections: 1, isTogether: true),
            ],
            rows: rows,
            prepare: {
                try template.fill(by: "fill", count, plan)
                try raw.fill()
            }
        )
    }

    // MARK: All stores

    private static func both(_ store: StoreKind, _ plan: Plan) -> Case {
        let count = plan.size(store == .memory ? 200_000 : 60_000, quick: 10_000)
        return Case(
            id: "both",
            store: store,
            rounds: plan.rounds(store == .redis ? 3 : 5),
            contestants: [.roost { _ in try child("both", store, plan, "\(count)") }],
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
            contestants: [.roost { _ in try child("slots", store, plan, "\(count)", "16") }],
            rows: [RowPlan("slots", "jobs of 1 ms in 16 slots", "jobs_per_second", .perSecond)]
        )
    }

    /// More slots than the store can fill: what they reach is held against jobs that take no time.
    private static func manySlots(_ plan: Plan) -> Case {
        let count = plan.size(60_000, quick: 10_000)
        return Case(
            id: "slots-64",
            store: .postgres,
            rounds: plan.rounds(3),
            contestants: [
                .roost { _ in try child("slots", .postgres, plan, "\(count)", "64") },
                Contestant(role: .reference, name: "jobs that do nothing, in as many slots") { _ in
                    try child("slots", .postgres, plan, "\(count)", "64", "nothing")
                },
            ],
            rows: [
                RowPlan(
                    "slots-64",
                    "jobs of 1 ms in 64 slots",
                    "jobs_per_second",
                    .perSecond,
                    asides: [("share_of_ideal", "of what 64 slots could end:", .percent)]
                )
            ]
        )
    }
}
