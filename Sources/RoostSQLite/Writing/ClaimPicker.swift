import RoostCore

/// A job chosen for a claim, before its lease is written.
struct PickedJob {
    var row: JobRow
    var job: ClaimedJob
}

/// Decides, job by job in the order of the lanes, what a claim takes.
struct ClaimPicker {
    private let limit: Int
    private let allowsSolo: Bool
    private var revocations: Revocations
    private(set) var picked: [PickedJob] = []
    private(set) var isFull = false

    init(_ request: ClaimRequest, _ transaction: WriteTransaction) throws {
        self.limit = request.limit
        self.allowsSolo = request.allowsSolo
        self.revocations = try Revocations(transaction)
    }

    mutating func offer(_ seq: Int64, _ transaction: WriteTransaction, endedOnly: Bool = false) throws {
        guard var next = try Self.read(seq, transaction) else { return }
        // Left out whatever its verdict: no claim need look twice at what it may not take.
        guard endedOnly || allowsSolo || !next.job.isSolo else { return }
        if next.job.verdict == .run {
            next.job.verdict = StoreRules.verdict(
                isPoison: next.row.flags.contains(.isPoison),
                isRevoked: try revocations.covers(next.job),
                expiresAt: next.job.expiresAt,
                now: transaction.now
            )
        }
        guard next.job.verdict == .run else {
            if next.job.verdict == .revoked { try revocations.use(next.job, transaction) }
            take(next)
            return
        }
        guard !endedOnly else { return }
        if next.job.isSolo {
            isFull = true
            // One that must run alone waits for a claim of its own; what stands behind it waits too.
            guard picked.isEmpty else { return }
        }
        take(next)
    }

    private mutating func take(_ next: PickedJob) {
        var next = next
        if next.job.verdict != .run { next.job.isSolo = false }
        picked.append(next)
        if picked.count >= limit { isFull = true }
    }

    private static func read(_ seq: Int64, _ transaction: WriteTransaction) throws -> PickedJob? {
        let query = try transaction.query(
            """
            SELECT seq, id, queue, kind, state, token, priority, claims, attempt, failures, crashes, max_crashes, open, flags,
            cancel, retention, graph, enqueued_by, enqueued_at, expires, due, delay, uniq, headers, settled,
            codec, key_id, payload, options, ready_at FROM roost_job WHERE seq = ?
            """
        ).bind(1, seq)
        return try query.first { query in
            let row = try JobRow(query)
            // Whatever stands there must not keep the claim from the others.
            let headers = try? StoredJSON.headers(row.headers)
            let isSolo =
                row.crashes > 0 && !row.flags.contains(.isPoison)
                && StoreRules.runsSolo(crashes: row.crashes, maxCrashes: row.maxCrashes)
            return PickedJob(
                row: row,
                job: ClaimedJob(
                    id: row.id,
                    token: LeaseToken(0),
                    verdict: headers == nil ? .unreadable : .run,
                    kind: try transaction.name(row.kind),
                    queue: try transaction.name(row.queue),
                    priority: Int32(truncatingIfNeeded: row.priority),
                    attempt: row.attempt,
                    failures: row.failures,
                    crashes: row.crashes,
                    claims: Int(row.claims) + 1,
                    isSolo: isSolo,
                    hasInputs: row.flags.contains(.hasInputs),
                    graph: row.graph,
                    payload: Payload(
                        codec: UInt8(truncatingIfNeeded: query.int(25)),
                        keyID: Int32(truncatingIfNeeded: query.int(26)),
                        bytes: query.data(27)
                    ),
                    options: query.optionalData(28),
                    headers: headers ?? [:],
                    enqueuedAt: row.enqueuedAt,
                    readyAt: query.time(29),
                    expiresAt: row.expires.map(Timestamp.init(microseconds:))
                )
            )
        }
    }
}
