import GRDB
import RoostCore

/// One writing call on its way: the clocks as they stood when it got the lock, and what it changed so far.
///
/// Lives with the writer, within one transaction.
final class WriteTransaction {
    let db: Database
    let now: Timestamp
    /// Microseconds of the store's uptime: the measure of leases.
    let uptime: Int64
    let boot: String
    var names: NameTable
    let patience: Patience
    /// What this process knows of the jobs it claimed.
    private let rows: ClaimedRows

    /// Whom to wake after the commit.
    var topics: WakeTopics = []
    /// The rows that became ready and were not claimed by the same call: whoever sleeps is to be told of those alone. The
    /// next job of a chain goes to the worker that settles the one before it, and wakes nobody.
    var started: Set<Int64> = []
    /// What changed beside the jobs the call is about.
    var changes: [JobChange] = []
    var hasMore = false
    /// How many more edges the call may resolve.
    var edgeBudget = StoreLimits.edgesInline
    /// Jobs that ended and whose edges are not resolved yet, in order.
    var endedParents: [(id: JobID, state: JobState)] = []

    /// The rows as this call's claim left them.
    var claimed: [JobRow] = []
    /// No job that succeeded has a later id than this; nil: not looked up yet.
    private var newestDone: JobID?

    private var queries = [Int: Query](minimumCapacity: 24)
    private var counter: Counter?
    private var minutes: [MinuteCount] = []

    private struct Counter {
        var token: Int64
        var pos: Int64
        var worker: Int64
        var isChanged = false
    }

    init(
        _ db: Database,
        now: Timestamp,
        uptime: Int64,
        boot: String,
        names: NameTable,
        rows: ClaimedRows,
        patience: Patience
    ) {
        self.db = db
        self.now = now
        self.uptime = uptime
        self.boot = boot
        self.names = names
        self.rows = rows
        self.patience = patience
    }

    /// The statement of `sql`, looked up once a transaction: by the literal's address, since to hash its text for each
    /// job costs as much as to step it.
    func query(_ sql: StaticString) throws -> Query {
        let key = Int(bitPattern: sql.utf8Start)
        if let known = queries[key] {
            known.reset()
            return known
        }
        let query = try Query(db, "\(sql)")
        queries[key] = query
        return query
    }

    /// The same for a text that is put together once.
    func query(_ statement: ComposedStatement) throws -> Query {
        // No literal has an address so low.
        if let known = queries[statement.rawValue] {
            known.reset()
            return known
        }
        let query = try Query(db, statement.sql)
        queries[statement.rawValue] = query
        return query
    }

    /// For a text that is put together each time.
    func query(composed sql: String) throws -> Query {
        try Query(db, sql)
    }

    // MARK: Names

    func name(_ number: Int64) throws -> String {
        try names.name(number, db)
    }

    func note(_ row: JobRow, to state: JobState, reason: FailureReason? = nil) throws {
        changes.append(
            JobChange(
                job: row.id,
                kind: try name(row.kind),
                queue: try name(row.queue),
                from: row.state,
                to: state,
                reason: reason,
                attempt: row.attempt
            )
        )
    }

    /// The rows of jobs that this process claimed, as they were then: what others may have changed since, whoever uses
    /// one must check.
    func takeRows(of jobs: some Sequence<JobID>) -> [JobRow?] {
        rows.take(jobs)
    }

    // MARK: Ids

    /// Whether a job of this id succeeded. Ids rise with time, so that a new one's row need not be looked for.
    func isDone(_ job: JobID) throws -> Bool {
        if try job.isLater(than: loadNewestDone()) { return false }
        return try query("SELECT 1 FROM roost_done WHERE id = ?").bind(1, job).first { _ in true } != nil
    }

    func noteDone(_ job: JobID) {
        if let newest = newestDone, job.isLater(than: newest) { newestDone = job }
    }

    private func loadNewestDone() throws -> JobID {
        if let newestDone { return newestDone }
        let found = try query("SELECT id FROM roost_done ORDER BY id DESC LIMIT 1").first { try $0.id(0) }
        let newest = found ?? JobID(high: 0, low: 0)
        newestDone = newest
        return newest
    }

    // MARK: Numbers

    /// The place behind every place given so far.
    func nextPos() throws -> Int64 {
        try count {
            $0.pos += 1
            return $0.pos
        }
    }

    func nextToken() throws -> Int64 {
        try count {
            $0.token += 1
            return $0.token
        }
    }

    func nextWorker() throws -> Int64 {
        try count {
            $0.worker += 1
            return $0.worker
        }
    }

    private func count(_ next: (inout Counter) -> Int64) throws -> Int64 {
        // Read once a transaction and written once at its end: the write lock keeps everybody else away.
        var counter = try self.counter ?? loadCounter()
        counter.isChanged = true
        let number = next(&counter)
        self.counter = counter
        return number
    }

    private func loadCounter() throws -> Counter {
        let found = try query("SELECT token, pos, worker FROM roost_counter WHERE id = 0").first {
            Counter(token: $0.int(0), pos: $0.int(1), worker: $0.int(2))
        }
        guard let found else {
            throw StoreError(.corrupt, "the row of roost_counter is gone: restore a backup")
        }
        return found
    }

    // MARK: Savepoints

    /// Does all of `body` or, where the batch of a job is at fault, nothing of it; answers that fault.
    func attempt(_ body: () throws -> Void) throws -> StoreError? {
        let before = (names, topics, started, changes, hasMore, edgeBudget, endedParents, minutes)
        var rejection: StoreError?
        try db.inSavepoint {
            do {
                try body()
                return .commit
            } catch let error as StoreError where error.code == .rejected {
                rejection = error
                return .rollback
            }
        }
        if rejection != nil { (names, topics, started, changes, hasMore, edgeBudget, endedParents, minutes) = before }
        return rejection
    }

    // MARK: Statistics

    func count(_ event: MinuteCount.Event, queue: Int64, kind: Int64, by number: Int64 = 1) {
        if let last = minutes.indices.last(where: { minutes[$0].queue == queue && minutes[$0].kind == kind }) {
            minutes[last].numbers[event.rawValue] += number
        } else {
            var minute = MinuteCount(queue: queue, kind: kind)
            minute.numbers[event.rawValue] += number
            minutes.append(minute)
        }
    }

    /// Writes what was collected. The last thing before the commit.
    func finish() throws {
        if !started.isEmpty { topics.insert(.ready) }
        if let counter, counter.isChanged {
            try query("UPDATE roost_counter SET token = ?, pos = ?, worker = ? WHERE id = 0")
                .bind(1, counter.token).bind(2, counter.pos).bind(3, counter.worker).run()
            self.counter = nil
        }
        for minute in minutes { try minute.write(at: now, db) }
        minutes = []
    }
}

/// What happened in one lane during one transaction.
struct MinuteCount {
    enum Event: Int, CaseIterable {
        case enqueued, succeeded, failed, retried, crashed, cancelled, expired, skipped
    }

    var queue: Int64
    var kind: Int64
    var numbers = [Int64](repeating: 0, count: Event.allCases.count)

    init(queue: Int64, kind: Int64) {
        self.queue = queue
        self.kind = kind
    }

    func write(at now: Timestamp, _ db: Database) throws {
        let query = try Query(
            db,
            """
            INSERT INTO roost_minute VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (minute, queue, kind) DO UPDATE SET enqueued = enqueued + excluded.enqueued,
            succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
            retried = retried + excluded.retried, crashed = crashed + excluded.crashed,
            cancelled = cancelled + excluded.cancelled, expired = expired + excluded.expired,
            skipped = skipped + excluded.skipped
            """
        )
        query.bind(1, now.microseconds / 60_000_000).bind(2, queue).bind(3, kind)
        for (index, number) in numbers.enumerated() { query.bind(Int32(index + 4), number) }
        try query.run()
    }
}

extension JobID {
    /// By the order of their bytes, which is that of the database.
    fileprivate func isLater(than other: JobID) -> Bool {
        (high, low) > (other.high, other.low)
    }
}
