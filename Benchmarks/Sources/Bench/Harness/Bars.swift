/// What a row is judged by. Ratios come first: where there is one, an absolute figure is a guide.
struct Bar {
    enum Requirement {
        /// Of a rate.
        case atLeast(Double)
        /// Of a time, or a cost.
        case atMost(Double)
        /// So many times as good as a peer.
        case timesPeer(Peer, Double)
        /// Of the reference's rate.
        case shareOfReference(Double)
        /// So many times worse than the reference, at most.
        case slowdown(Double)
    }

    var requirements: [Requirement]
    /// Shown, not judged.
    var guide: Double?

    init(_ requirements: Requirement..., guide: Double? = nil) {
        self.requirements = requirements
        self.guide = guide
    }
}

/// The bars of the project, by the id of their row: on 2 cores, with jobs that do nothing, and one worker process.
enum Bars {
    static let all: [String: Bar] = [
        "drain.memory": Bar(.atLeast(150_000), guide: 250_000),
        "drain.sqlite": Bar(.timesPeer(.huey, 10), .shareOfReference(0.5), guide: 40_000),
        "drain-two.sqlite": Bar(.shareOfReference(0.9)),
        "drain.redis": Bar(.timesPeer(.huey, 10), .timesPeer(.sidekiq, 6), .shareOfReference(0.5), guide: 55_000),
        "drain-server.redis": Bar(.atMost(8e-6)),
        "drain-two.redis": Bar(.shareOfReference(1)),
        "drain-delayed.redis": Bar(.shareOfReference(0.8)),
        "drain-delayed-twice.redis": Bar(.shareOfReference(0.8)),
        "cost.sqlite": Bar(.atMost(15e-6)),
        "enqueue-one.memory": Bar(.atLeast(100_000)),
        "enqueue-one.sqlite": Bar(.shareOfReference(0.8)),
        "enqueue-one.redis": Bar(.shareOfReference(0.8)),
        "enqueue-many.redis": Bar(.atLeast(75_000)),
        "enqueue-many.memory": Bar(.atLeast(200_000)),
        "enqueue-many.sqlite": Bar(.atLeast(100_000)),
        "beside-drain-p50.sqlite": Bar(.atMost(0.002)),
        "beside-drain-p99.sqlite": Bar(.atMost(0.010)),
        "slots.memory": Bar(.atLeast(13_000)),
        "slots.sqlite": Bar(.atLeast(13_000)),
        "start-p50.memory": Bar(.atMost(0.0001)),
        "start-p50.sqlite": Bar(.atMost(0.001)),
        "start-p50.redis": Bar(.atMost(0.0008)),
        "result-p50.redis": Bar(.atMost(0.0015)),
        "start-across-p50.sqlite": Bar(.atMost(0.002)),
        "start-across-p99.sqlite": Bar(.atMost(0.005)),
        "result-p50.memory": Bar(.atMost(0.0002)),
        "result-p50.sqlite": Bar(.atMost(0.002)),
        "result-across-p50.sqlite": Bar(.atMost(0.004)),
        "result-across-p99.sqlite": Bar(.atMost(0.010)),
        "waiting.memory": Bar(.slowdown(2)),
        "waiting.sqlite": Bar(.slowdown(2)),
        "scheduled.memory": Bar(.slowdown(2)),
        "scheduled.sqlite": Bar(.slowdown(2)),
        "finished.memory": Bar(.slowdown(2)),
        "finished.sqlite": Bar(.slowdown(2)),
        "waiting.redis": Bar(.slowdown(2)),
        "scheduled.redis": Bar(.slowdown(2)),
        "finished.redis": Bar(.slowdown(2)),
        "waiting-memory.redis": Bar(.atMost(450)),
        "drain.postgres": Bar(.timesPeer(.huey, 10), .timesPeer(.pgqueuer, 3), .shareOfReference(0.5)),
        "drain-wal.postgres": Bar(.atMost(1228)),
        "drain-two.postgres": Bar(.shareOfReference(1)),
        "enqueue-one.postgres": Bar(.shareOfReference(0.75)),
        "enqueue-many.postgres": Bar(.atLeast(50_000)),
        "slots-64.postgres": Bar(.shareOfReference(0.5)),
        "start-p50.postgres": Bar(.atMost(0.002)),
        "result-p50.postgres": Bar(.atMost(0.004)),
        "waiting.postgres": Bar(.slowdown(2)),
        "scheduled.postgres": Bar(.slowdown(2)),
        "finished.postgres": Bar(.slowdown(2)),
        "held-start.postgres": Bar(.atMost(0.050)),
        "held-drain.postgres": Bar(.shareOfReference(0.8)),
        "chord.memory": Bar(.slowdown(3)),
        "chord.sqlite": Bar(.slowdown(3)),
        "chain.sqlite": Bar(.shareOfReference(0.6)),
        // No measurable CPU: a thousandth of a core.
        "idle.memory": Bar(.atMost(0.001)),
        "idle.sqlite": Bar(.atMost(0.005)),
        // Flat: what a worker holds at the end, of what it held after the first tenth.
        "flat.sqlite": Bar(.atMost(1.1)),
    ]
}
