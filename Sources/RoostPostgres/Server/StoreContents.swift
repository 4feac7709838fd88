import RoostCore

/// The jobs and workers of a store.
struct StoreContents: Sendable, Equatable {
    var totals: [JobState: Int] = [:]
    var workers: [Worker] = []

    struct Worker: Sendable, Equatable {
        var name: String
        var host: String
        var process: Int64
        /// Since its last heartbeat, by the server's clock.
        var silence: Duration
    }

    /// A worker that says nothing for so long was killed, or its machine is gone: the default lease three times over.
    private static let longSilence = Duration.seconds(90)

    var findings: [StoreFinding] {
        [StoreFinding(.ok, "jobs", StoreFinding.counts(totals)), workersFinding] + silentFindings
    }

    private var workersFinding: StoreFinding {
        let alive = workers.filter { $0.silence < Self.longSilence }.map(\.description)
        guard alive.isEmpty else { return StoreFinding(.ok, "workers", FindingWords.list(alive)) }
        let ready = totals[.ready] ?? 0
        guard ready > 0 else { return StoreFinding(.ok, "workers", "none") }
        return StoreFinding(
            .warning,
            "workers",
            "none, and \(ready == 1 ? "a job is" : "\(ready) jobs are") ready",
            meaning: "nothing runs",
            advice: "start a worker"
        )
    }

    private var silentFindings: [StoreFinding] {
        let silent = workers.filter { $0.silence >= Self.longSilence }.map(\.description)
        guard !silent.isEmpty else { return [] }
        return [
            StoreFinding(
                .warning,
                "workers",
                "silent: \(FindingWords.list(silent))",
                meaning: "killed, frozen or cut off; others take over its jobs when their leases end",
                advice: "look after them; a worker that ended is forgotten within an hour or so"
            )
        ]
    }
}

extension StoreContents.Worker {
    fileprivate var description: String {
        "\(name) (\(host), process \(process), heartbeat \(FindingWords.age(silence)) ago)"
    }
}
