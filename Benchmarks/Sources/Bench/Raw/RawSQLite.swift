import GRDB
import RoostCore

/// The raw limit: Roost's own statements of an enqueue, a claim and a settle, frozen, and nothing around them. No worker,
/// no turnstile, no wake-ups, no decoding: what is left is GRDB's connection and SQLite.
struct RawSQLite {
    private let db: Database
    private let begin: RawStatement
    private let commit: RawStatement
    private let isDone: RawStatement
    private let loadCounter: RawStatement
    private let saveCounter: RawStatement
    private let insert: RawStatement
    private let due: RawStatement
    private let nextDue: RawStatement
    private let revocations: RawStatement
    private let pauses: RawStatement
    private let heads: RawStatement
    private let body: RawStatement
    private let take: RawStatement
    private let lease: RawStatement
    private let find: RawStatement
    private let delete: RawStatement
    private let finish: RawStatement
    private let endLease: RawStatement
    private let count: RawStatement

    /// A claimed job, its payload fetched.
    struct Claimed {
        var id: [UInt8]
        var payload: [UInt8]
        var token: Int64
    }

    /// Opens a file as Roost does: WAL, FULL, 16 MB of cache, a checkpoint each 4,000 pages.
    static func open(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.busyMode = .timeout(60)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000"
            )
        }
        let database = try DatabaseQueue(path: path, configuration: configuration)
        // Afterwards, since GRDB sets NORMAL when it turns to WAL.
        try database.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2,
                try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal"
            else { throw Failure("the raw database is not in WAL mode at FULL") }
        }
        return database
    }

    init(_ db: Database) throws {
        self.db = db
        begin = try RawStatement(db, "BEGIN IMMEDIATE TRANSACTION")
        commit = try RawStatement(db, "COMMIT TRANSACTION")
        isDone = try RawStatement(db, "SELECT 1 FROM done WHERE id = ?")
        loadCounter = try RawStatement(db, "SELECT token, pos, worker FROM counter WHERE id = 0")
        saveCounter = try RawStatement(db, "UPDATE counter SET token = ?, pos = ?, worker = ? WHERE id = 0")
        insert = try RawStatement(
            db,
            """
            INSERT INTO job (id, queue, kind, priority, rank, pos, state, due, delay, expires, token, claims, attempt,
            failures, crashes, max_crashes, open, flags, retention, graph, codec, key_id, enqueued_by, enqueued_at, ready_at,
            uniq, uniq_period, uniq_states, options, headers, payload)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, 0, 0, ?11, 0, 0, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
            ?20, ?21, ?22, ?23, ?24) ON CONFLICT (id) DO NOTHING
            """
        )
        due = try RawStatement(
            db,
            "SELECT seq, id, queue, kind, attempt FROM job WHERE state = 0 AND due <= ? ORDER BY due, seq LIMIT ?"
        )
        nextDue = try RawStatement(db, "SELECT due FROM job WHERE state = 0 ORDER BY due LIMIT 1")
        revocations = try RawStatement(db, "SELECT scope, once, until FROM revocation ORDER BY at, scope")
        pauses = try RawStatement(db, "SELECT queue, kind FROM pause")
        heads = try RawStatement(
            db,
            """
            SELECT seq, priority, rank, pos FROM job WHERE state = 1 AND queue = ? AND kind = ?
            ORDER BY priority DESC, rank, pos LIMIT ? OFFSET ?
            """
        )
        body = try RawStatement(
            db,
            """
            SELECT id, kind, queue, priority, attempt, failures, crashes, claims, max_crashes, flags, graph, codec, key_id,
            payload, options, headers, enqueued_at, ready_at, expires FROM job WHERE seq = ?
            """
        )
        take = try RawStatement(
            db,
            "UPDATE job SET state = 3, token = ?, claims = claims + 1, flags = ? WHERE seq = ?"
        )
        lease = try RawStatement(
            db,
            "INSERT INTO lease (token, worker, boot, until, open, members) VALUES (?, ?, ?, ?, ?, ?)"
        )
        find = try RawStatement(
            db,
            """
            SELECT seq, id, queue, kind, state, token, priority, claims, attempt, failures, crashes, max_crashes, open, flags,
            cancel, retention, graph, enqueued_by, enqueued_at, expires, due, delay, uniq, headers, settled FROM job WHERE id = ?
            """
        )
        delete = try RawStatement(db, "DELETE FROM job WHERE seq = ?")
        finish = try RawStatement(
            db,
            """
            INSERT INTO done (id, queue, kind, priority, token, claims, attempt, failures, crashes, graph, enqueued_by,
            enqueued_at, started_at, finished_at, prune_at, expires, flags, uniq, headers, output)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        endLease = try RawStatement(db, "DELETE FROM lease WHERE token = ? AND open <= ?")
        count = try RawStatement(
            db,
            """
            INSERT INTO minute VALUES (?, 1, 2, ?, ?, 0, 0, 0, 0, 0, 0)
            ON CONFLICT (minute, queue, kind) DO UPDATE SET enqueued = enqueued + excluded.enqueued,
            succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
            retried = retried + excluded.retried, crashed = crashed + excluded.crashed,
            cancelled = cancelled + excluded.cancelled, expired = expired + excluded.expired,
            skipped = skipped + excluded.skipped
            """
        )
    }

    /// Runs `body` as one transaction.
    func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try begin.run()
        do {
            let value = try body()
            try commit.run()
            return value
        } catch {
            // The first error tells more than one of the rollback.
            try? db.rollback()
            throw error
        }
    }

    private var now: Int64 { SystemTimeSource().now.microseconds }

    // MARK: Enqueue

    func enqueue(_ ids: [[UInt8]]) throws {
        let now = now
        let payload = [UInt8]("{}".utf8)
        var counter = try counter()
        for id in ids {
            _ = try isDone.bind(1, id).step()
            isDone.reset()
            counter.pos += 1
            insert.bind(1, id).bind(2, 1).bind(3, 2).bind(4, 0).bind(5, 0).bind(6, counter.pos).bind(7, 1).bind(11, 3)
            insert.bind(12, 86_400_000_000).bind(14, 0).bind(15, 0).bind(16, 3).bind(17, now).bind(18, now)
            try insert.bind(24, payload).run()
        }
        try saveCounter.bind(1, counter.token).bind(2, counter.pos).bind(3, 0).run()
        try count.bind(1, now / 60_000_000).bind(2, Int64(ids.count)).bind(3, 0).run()
    }

    private func counter() throws -> (token: Int64, pos: Int64) {
        defer { loadCounter.reset() }
        guard try loadCounter.step() else { throw Failure("the raw database has no counter") }
        return (loadCounter.int(0), loadCounter.int(1))
    }

    // MARK: Claim

    func claim(_ limit: Int) throws -> [Claimed] {
        let now = now
        try due.bind(1, now).bind(2, 1000).run()
        try revocations.run()
        try pauses.run()
        heads.bind(1, 1).bind(2, 2).bind(3, Int64(limit)).bind(4, 0)
        var rows: [Int64] = []
        while try heads.step() { rows.append(heads.int(0)) }
        guard !rows.isEmpty else { return [] }
        var jobs: [Claimed] = []
        jobs.reserveCapacity(rows.count)
        for seq in rows {
            guard try body.bind(1, seq).step() else { throw Failure("a job went away under the lock") }
            jobs.append(Claimed(id: body.bytes(0), payload: body.bytes(13), token: 0))
            body.reset()
        }
        let counter = try counter()
        let token = counter.token + 1
        var members: [UInt8] = []
        members.reserveCapacity(rows.count * 8)
        for (index, seq) in rows.enumerated() {
            try take.bind(1, token).bind(2, 0).bind(3, seq).run()
            withUnsafeBytes(of: seq.littleEndian) { members.append(contentsOf: $0) }
            jobs[index].token = token
        }
        lease.bind(1, token).bind(2, 1).bind(3, Self.boot).bind(4, now + 30_000_000).bind(5, Int64(rows.count))
        try lease.bind(6, members).run()
        try nextDue.run()
        try saveCounter.bind(1, token).bind(2, counter.pos).bind(3, 0).run()
        return jobs
    }

    private static let boot = [UInt8]("00000000-0000-0000-0000-000000000000".utf8)

    // MARK: Settle

    func settle(_ jobs: [Claimed]) throws {
        guard let token = jobs.first?.token else { return }
        let now = now
        for job in jobs {
            guard try find.bind(1, job.id).step() else { throw Failure("a claimed job is gone") }
            let seq = find.int(0)
            finish.bind(1, job.id).bind(2, find.int(2)).bind(3, find.int(3)).bind(4, find.int(6)).bind(5, token)
            finish.bind(6, find.int(7)).bind(7, find.int(8) + 1).bind(8, find.int(9)).bind(9, find.int(10))
            finish.bind(11, find.int(17)).bind(12, find.int(18)).bind(13, now).bind(14, now)
            finish.bind(15, now + find.int(15)).bind(17, find.int(13))
            find.reset()
            try delete.bind(1, seq).run()
            try finish.run()
        }
        try endLease.bind(1, token).bind(2, Int64(jobs.count)).run()
        try count.bind(1, now / 60_000_000).bind(2, 0).bind(3, Int64(jobs.count)).run()
    }
}
