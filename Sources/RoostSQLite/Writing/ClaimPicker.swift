import RoostCore

/// A job chosen for a claim, before its lease is written.
struct PickedJob {
    var seq: Int64
    var flags: JobFlags
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
        let isRevoked = try revocations.covers(next.job)
        next.job.verdict = StoreRules.verdict(
            isPoison: next.flags.contains(.isPoison),
            isRevoked: isRevoked,
            expiresAt: next.job.expiresAt,
            now: transaction.now
        )
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
            SELECT id, kind, queue, priority, attempt, failures, crashes, claims, max_crashes, flags, graph, codec, key_id,
            payload, options, headers, enqueued_at, ready_at, expires FROM roost_job WHERE seq = ?
            """
        ).bind(1, seq)
        return try query.first { row in
            let crashes = Int(row.int(6))
            let flags = JobFlags(rawValue: row.int(9))
            let isSolo =
                crashes > 0 && !flags.contains(.isPoison)
                && StoreRules.runsSolo(crashes: crashes, maxCrashes: Int(row.int(8)))
            return PickedJob(
                seq: seq,
                flags: flags,
                job: ClaimedJob(
                    id: try row.id(0),
                    token: LeaseToken(0),
                    kind: try transaction.name(row.int(1)),
                    queue: try transaction.name(row.int(2)),
                    priority: Int32(truncatingIfNeeded: row.int(3)),
                    attempt: Int(row.int(4)),
                    failures: Int(row.int(5)),
                    crashes: crashes,
                    claims: Int(row.int(7)) + 1,
                    isSolo: isSolo,
                    hasInputs: flags.contains(.hasInputs),
                    graph: row.optionalID(10),
                    payload: Payload(
                        codec: UInt8(truncatingIfNeeded: row.int(11)),
                        keyID: Int32(truncatingIfNeeded: row.int(12)),
                        bytes: row.data(13)
                    ),
                    options: row.optionalData(14),
                    headers: try StoredJSON.headers(row.optionalData(15)),
                    enqueuedAt: row.time(16),
                    readyAt: row.time(17),
                    expiresAt: row.optionalTime(18)
                )
            )
        }
    }
}
