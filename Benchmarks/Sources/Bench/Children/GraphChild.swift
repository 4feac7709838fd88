import RoostCore

/// Chains and chords, each from the call of `enqueue` to the settle of the last job, since what a graph costs it may
/// cost at either end.
enum GraphChild {
    /// `chord STORE COUNT`: as many members, and a job that is given all their outputs.
    static func chord(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        return try await measure(arguments, jobs: count + 1) { queue in
            let parts = group((0..<count).map { Part(number: $0) })
            let (_, sum) = try await queue.enqueue(parts.then { OpenJob<Sum>([.init("parts", $0)]) })
            return {
                let found = try await sum.value(timeout: .seconds(10))
                guard found == count * (count - 1) / 2 else { throw Failure("the chord's sum is \(found)") }
            }
        }
    }

    /// `plain STORE COUNT`: the same jobs, that wait for nothing.
    static func plain(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        return try await measure(arguments, jobs: count + 1) { queue in
            try await queue.enqueue((0...count).map { Part(number: $0) })
            return {}
        }
    }

    /// `chain STORE COUNT`: one after the other.
    static func chain(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        return try await measure(arguments, jobs: count) { queue in
            let steps = try await queue.enqueue(RoostCore.chain(of: (0..<count).map { _ in Noop() }))
            return { try await steps.last?.value(timeout: .seconds(10)) }
        }
    }

    /// - Parameter enqueue: answers what checks the outcome.
    private static func measure(
        _ arguments: Arguments,
        jobs: Int,
        _ enqueue: (JobQueue) async throws -> () async throws -> Void
    ) async throws -> Figures {
        let base = try await arguments.store()
        let store = CountingStore(base)
        let worker = RunningWorker(store)
        // So that the worker is there, and sleeps.
        try await worker.queue.enqueue(Noop())
        await store.settled(1)
        try await Task.sleep(for: .milliseconds(50))
        let exchanges = store.counts.exchanges
        let start = Clock.now
        let check = try await enqueue(worker.queue)
        let enqueued = Clock.now
        await store.settled(jobs + 1)
        let counts = store.counts
        try await check()
        try await worker.verify(succeeded: jobs + 1)
        try await worker.stop()
        await base.close()
        return [
            "jobs_per_second": Double(jobs) / (counts.lastSettle - start),
            "worked_per_second": Double(jobs) / (counts.lastSettle - enqueued),
            "exchanges_per_job": Double(counts.exchanges - exchanges) / Double(jobs),
        ]
    }
}
