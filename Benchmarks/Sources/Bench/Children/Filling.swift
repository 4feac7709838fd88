import RoostCore

/// Fills stores, through the store's own contract: that is quicker than a worker.
enum Filling {
    /// `fill STORE COUNT ready|scheduled|finished`
    static func fill(_ arguments: Arguments) async throws -> Figures? {
        let store = try await arguments.store()
        try await fill(store, count: try arguments.number(1), state: try arguments.text(2))
        await store.close()
        return [:]
    }

    static func fill(_ store: any JobStore, count: Int, state: String = "ready") async throws {
        var left = count
        while left > 0 {
            let jobs = (0..<min(left, 2000)).map { _ in
                NewJob(kind: Noop.kind, start: state == "scheduled" ? .after(.days(30)) : .now)
            }
            _ = try await store.enqueue(EnqueueBatch(jobs: jobs))
            left -= jobs.count
        }
        if state == "finished" { try await work(off: store, batch: 2000) }
    }

    /// Settles all that is ready, without running it.
    static func work(off store: any JobStore, batch: Int) async throws {
        let worker = try await store.register(WorkerRegistration(name: "filling"))
        var items: [SettleItem] = []
        repeat {
            let claim = ClaimRequest(kinds: [Noop.kind], limit: batch)
            let answer = try await store.exchange(Exchange(worker: worker, settle: items, claim: claim))
            let now = store.time.now
            items = (answer.claim?.jobs ?? []).map {
                SettleItem(job: $0.id, token: $0.token, end: .succeeded(output: nil), startedAt: now)
            }
        } while !items.isEmpty
        _ = try await store.retire(worker)
    }
}
