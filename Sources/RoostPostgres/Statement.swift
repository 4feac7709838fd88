/// The statements of a store, as written for the schema `roost`.
enum Statement: Int, CaseIterable {
    case lanes
    case enqueueOne, enqueuePlain, enqueueBatch, enqueueText
    case settle, promote, claim, claimEnded, afterClaim, disown, register, retire, extend, reclaim
    case advance, perform, prune, notify, lookBack
    case inputs, outcomes, snapshots, attempts, counts, workers
    case complete, wasCompleted

    var sql: String {
        switch self {
        case .lanes: "SELECT id, seq, queue, kind FROM roost.lane"
        case .enqueueOne:
            """
            SELECT roost.enqueue_one($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            """
        case .enqueuePlain:
            """
            SELECT roost.enqueue_plain(
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
            """
        case .enqueueBatch:
            "SELECT s.news, s.holders, \(Self.changes) FROM roost.enqueue_batch($1, $2, $3::text::jsonb) s, \(Self.changed)"
        case .settle:
            """
            SELECT s.news, s.now, s.answers, s.has_more, \(Self.changes)
            FROM roost.settle($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) s, \(Self.changed)
            """
        case .promote: "SELECT \(Self.changes) FROM roost.promote_due($1) s (changes), \(Self.changed)"
        case .claim: "SELECT * FROM roost.claim($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        case .claimEnded: "SELECT * FROM roost.claim_ended($1, $2, $3, $4, $5, $6, $7)"
        case .afterClaim: "SELECT * FROM roost.after_claim($1, $2)"
        case .disown:
            "SELECT s.news, s.has_more, \(Self.changes) FROM roost.disown($1, $2, $3, $4, $5, $6) s, \(Self.changed)"
        case .register:
            """
            INSERT INTO roost.worker (id, name, host, process, version, kinds, queues, slots, started_at, heartbeat_at)
            SELECT $2, $3, $4, $5, $6, $7, $8, $9, now, now FROM roost.clock($1) now ON CONFLICT (id) DO NOTHING
            """
        case .retire: "SELECT s.news, s.has_more, \(Self.changes) FROM roost.retire($1, $2, $3) s, \(Self.changed)"
        case .extend: "SELECT * FROM roost.extend($1, $2, $3, $4, $5)"
        case .reclaim: "SELECT s.news, s.has_more, \(Self.changes) FROM roost.reclaim($1, $2, $3) s, \(Self.changed)"
        case .advance: "SELECT s.news, s.has_more, \(Self.changes) FROM roost.advance($1, $2) s, \(Self.changed)"
        case .perform:
            """
            SELECT s.news, s.has_more, s.result, s.state, s.job, \(Self.changes)
            FROM roost.perform($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) s, \(Self.changed)
            """
        case .prune: "SELECT roost.prune($1)"
        case .notify: "SELECT pg_notify($1, $2)"
        case .lookBack: text(PackageResources.look_back_sql)
        case .inputs: text(PackageResources.inputs_sql)
        case .outcomes: text(PackageResources.outcomes_sql)
        case .snapshots: "SELECT r.* FROM roost.row r WHERE r.id = ANY ($1)"
        case .attempts:
            """
            SELECT attempt, failure, worker, started_at, ended_at FROM (
                SELECT * FROM roost.attempt WHERE job = $1 ORDER BY seq DESC LIMIT $2) a ORDER BY seq
            """
        case .counts: text(PackageResources.counts_sql)
        case .workers:
            """
            SELECT id, name, host, process, version, kinds, queues, slots, started_at, heartbeat_at
            FROM roost.worker ORDER BY started_at, id
            """
        case .complete: "SELECT roost.complete($1, $2, $3, $4, $5)"
        case .wasCompleted: "SELECT roost.was_completed($1, $2)"
        case .enqueueText: "SELECT roost.enqueue_text($1)"
        }
    }

    private func text(_ resource: [UInt8]) -> String { String(decoding: resource, as: UTF8.self) }

    /// The columns of ``ChangeRows``.
    private static let changes = "c.jobs, c.lanes, c.was, c.became, c.reasons, c.attempts"
    private static let changed = """
        LATERAL (SELECT array_agg(u.job) AS jobs, array_agg(u.lane) AS lanes, array_agg(u.was) AS was, array_agg(u.became) AS became, \
        array_agg(u.reason) AS reasons, array_agg(u.attempt) AS attempts FROM unnest(s.changes) u) c
        """
}
