/// Decisions that every store makes alike, as functions of values, so that each is written and tested once.
public enum StoreRules {
    /// What a claim hands a ready job out as (rule 5). Poison comes first: such a job must not run for any reason.
    public static func verdict(
        isPoison: Bool,
        isRevoked: Bool,
        expiresAt: Timestamp?,
        now: Timestamp
    ) -> ClaimedJob.Verdict {
        if isPoison { return .poison }
        if isRevoked { return .revoked }
        if let expiresAt, expiresAt <= now { return .expired }
        return .run
    }

    /// Whether a job that crashed this often runs alone (rule 9). With `maxCrashes` of 1 the first crash suffices, since
    /// only a run that was alone may set it aside.
    public static func runsSolo(crashes: Int, maxCrashes: Int) -> Bool {
        crashes >= min(StoreLimits.crashesUntilSolo, maxCrashes)
    }

    /// Whether a job is set aside after its crash number `crashes` (rule 9): only a crash of a run that was alone may.
    public static func isPoison(crashes: Int, maxCrashes: Int, wasSolo: Bool) -> Bool {
        wasSolo && crashes >= maxCrashes
    }

    /// Whether the holder of a unique key still stands in the way of another job (rule 8).
    public static func isDuplicate(
        of key: UniqueKey,
        holderState: JobState?,
        holderEnqueuedAt: Timestamp,
        now: Timestamp
    ) -> Bool {
        guard let holderState, key.states.contains(holderState) else { return false }
        guard let period = key.period else { return true }
        return now < holderEnqueuedAt + period
    }

    /// When a job that is enqueued at `now` becomes ready: nil: at once.
    public static func due(_ start: JobOptions.Start, now: Timestamp) -> Timestamp? {
        switch start {
        case .now: return nil
        case .after(let delay): return delay > .zero ? now + delay : nil
        case .at(let time): return time > now ? time : nil
        }
    }

    public static func expiresAt(_ expiry: JobOptions.Expiry?, enqueuedAt: Timestamp) -> Timestamp? {
        switch expiry {
        case nil: nil
        case .after(let duration): enqueuedAt + duration
        case .at(let time): time
        }
    }

    /// When a finished job may be deleted.
    public static func pruneAt(state: JobState, finishedAt: Timestamp, retention: Duration) -> Timestamp {
        let kept = state == .failed ? max(retention, StoreLimits.deadLetterRetention) : retention
        return finishedAt + kept
    }

    /// Refuses a batch that no store may take, naming the job at fault: two jobs of one id, an edge to itself, a child
    /// outside the batch, two edges of one position, a circle.
    public static func validate(_ batch: EnqueueBatch) throws(StoreError) {
        var index: [JobID: Int] = [:]
        for (number, job) in batch.jobs.enumerated() {
            guard index.updateValue(number, forKey: job.id) == nil else {
                throw StoreError(
                    .rejected,
                    "job \(number) has the same id as another of its batch: \(job.id)",
                    item: number
                )
            }
        }
        guard !batch.edges.isEmpty else { return }
        var positions: [JobID: Set<Int32>] = [:]
        var open = [Int](repeating: 0, count: batch.jobs.count)
        var children: [Int: [Int]] = [:]
        for edge in batch.edges {
            guard let child = index[edge.child] else {
                throw StoreError(.rejected, "an edge leads to \(edge.child), which is not in its batch")
            }
            guard edge.parent != edge.child else {
                throw StoreError(.rejected, "job \(child) waits for itself", item: child)
            }
            guard positions[edge.child, default: []].insert(edge.position).inserted else {
                throw StoreError(.rejected, "job \(child) has two edges of position \(edge.position)", item: child)
            }
            if let parent = index[edge.parent] {
                open[child] += 1
                children[parent, default: []].append(child)
            }
        }
        // Kahn's algorithm: what cannot be taken away waits for itself in a circle.
        var free = open.indices.filter { open[$0] == 0 }
        var taken = 0
        while let next = free.popLast() {
            taken += 1
            for child in children[next] ?? [] {
                open[child] -= 1
                if open[child] == 0 { free.append(child) }
            }
        }
        if taken < batch.jobs.count, let stuck = open.firstIndex(where: { $0 > 0 }) {
            throw StoreError(.rejected, "job \(stuck) waits for itself by way of other jobs", item: stuck)
        }
    }
}
