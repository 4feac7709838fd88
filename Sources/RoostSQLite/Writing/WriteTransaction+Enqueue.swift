import GRDB
import RoostCore

extension WriteTransaction {
    /// Stores a batch. Throws before anything is left half done only within a transaction or savepoint of the caller.
    func enqueue(_ batch: EnqueueBatch) throws -> EnqueueAnswer {
        try StoreRules.validate(batch)
        let edges = Dictionary(grouping: batch.edges, by: \.child)
        var stored = BatchProgress(items: [])
        stored.items.reserveCapacity(batch.jobs.count)
        var number = 0
        while number < batch.jobs.count {
            let group = batch.jobs[number...].prefix(ComposedStatement.group)
            if edges.isEmpty, try insert(group) {
                stored.items += Array(repeating: .stored, count: group.count)
            } else {
                for number in group.indices { try insert(number, of: batch, edges, &stored) }
            }
            number += group.count
        }
        try connect(batch, edges, stored)
        return EnqueueAnswer(items: stored.items)
    }

    private func insert(
        _ number: Int,
        of batch: EnqueueBatch,
        _ edges: [JobID: [NewEdge]],
        _ stored: inout BatchProgress
    ) throws {
        let job = batch.jobs[number]
        if let holder = try holder(of: job) {
            if let dropped = edges[job.id] { try checkParents(dropped, of: number, in: batch, &stored) }
            stored.items.append(.duplicate(of: holder.id))
            stored.holders[job.id] = holder
            return
        }
        stored.items.append(.stored)
        let waits = edges[job.id] != nil
        if let seq = try insert(job, waits: waits), waits { stored.waiting.append((number, seq)) }
    }

    private struct BatchProgress {
        var items: [EnqueueAnswer.Item]
        /// Jobs that were not stored, and who holds their key.
        var holders: [JobID: Holder] = [:]
        /// New jobs with edges, by their number in the batch.
        var waiting: [(number: Int, seq: Int64)] = []
        /// All ids of the batch, once somebody asked.
        var ids: Set<JobID>?
    }

    // MARK: Jobs

    /// Inserts the job; nil where its id is there already.
    private func insert(_ job: NewJob, waits: Bool) throws -> Int64? {
        guard try !isDone(job.id) else { return nil }
        let lane = try lane(of: job)
        let insert = try query(.insertJob)
        let state = try bind(job, lane, waits: waits, to: insert, after: 0)
        try insert.run()
        guard insert.changed > 0 else { return nil }
        let seq = db.lastInsertedRowID
        if let unique = job.unique { try hold(unique, job.id, enqueuedAt: now) }
        count(.enqueued, queue: lane.queue, kind: lane.kind)
        if state != .waiting { topics.insert(.ready) }
        return seq
    }

    /// Inserts jobs of one lane without edges and keys by one statement.
    ///
    /// - Returns: whether it did; false: they have to be inserted one by one.
    private func insert(_ group: ArraySlice<NewJob>) throws -> Bool {
        guard group.count == ComposedStatement.group, let first = group.first else { return false }
        let isPlain = try group.allSatisfy { job in
            try job.unique == nil && job.queue == first.queue && job.kind == first.kind
                && job.enqueuedBy == first.enqueuedBy && !isDone(job.id)
        }
        guard isPlain else { return false }
        let lane = try lane(of: first)
        let insert = try query(.insertJobs)
        for (number, job) in group.enumerated() {
            _ = try bind(job, lane, waits: false, to: insert, after: Int32(number) * JobColumns.bound)
        }
        try insert.run()
        // Less than all where some were there already.
        let inserted = insert.changed
        guard inserted > 0 else { return true }
        count(.enqueued, queue: lane.queue, kind: lane.kind, by: Int64(inserted))
        topics.insert(.ready)
        return true
    }

    private typealias Lane = (queue: Int64, kind: Int64, client: Int64)

    private func lane(of job: NewJob) throws -> Lane {
        (try names.intern(job.queue, db), try names.intern(job.kind, db), try names.intern(job.enqueuedBy, db))
    }

    /// - Returns: the state the job begins in.
    private func bind(_ job: NewJob, _ lane: Lane, waits: Bool, to insert: Query, after: Int32) throws -> JobState {
        let due = waits ? absoluteStart(job.start) : StoreRules.due(job.start, now: now)
        let state: JobState = waits ? .waiting : due == nil ? .ready : .scheduled
        insert.bind(after + 1, job.id).bind(after + 2, lane.queue).bind(after + 3, lane.kind)
        insert.bind(after + 4, Int64(job.priority)).bind(after + 5, job.rank)
        insert.bind(after + 6, state == .ready ? try nextPos() : 0).bind(after + 7, state.code).bind(after + 8, due)
        insert.bind(after + 9, waits ? relativeStart(job.start) : nil)
        insert.bind(after + 10, StoreRules.expiresAt(job.expiry, enqueuedAt: now)).bind(after + 11, job.maxCrashes)
        insert.bind(after + 12, job.retention.wholeMicroseconds).bind(after + 13, job.graph)
        insert.bind(after + 14, Int64(job.payload.codec)).bind(after + 15, Int64(job.payload.keyID))
        insert.bind(after + 16, lane.client).bind(after + 17, now).bind(after + 18, state == .ready ? now : nil)
        insert.bind(after + 19, job.unique?.key).bind(after + 20, job.unique?.period?.wholeMicroseconds)
        insert.bind(after + 21, (job.unique?.states).map(JobState.mask)).bind(after + 22, job.options)
        insert.bind(after + 23, try StoredJSON.encode(headers: job.headers)).bind(after + 24, job.payload.bytes)
        return state
    }

    private func absoluteStart(_ start: JobOptions.Start) -> Timestamp? {
        if case .at(let time) = start { return time }
        return nil
    }

    private func relativeStart(_ start: JobOptions.Start) -> Int64? {
        if case .after(let delay) = start { return delay.wholeMicroseconds }
        return nil
    }

    // MARK: Unique keys

    /// The job that holds a unique key.
    struct Holder {
        var id: JobID
        /// How it ended, where it did: its row may be gone while the period of its key lasts.
        var ended: JobState?
    }

    /// The job that stands in the way of a new one, if there is any.
    private func holder(of job: NewJob) throws -> Holder? {
        guard let unique = job.unique, let holder = try holder(of: unique.key, otherThan: job.id) else { return nil }
        // A job that is there already was sent again, whoever took its key since.
        return try state(of: job.id) == nil ? holder : nil
    }

    func holder(of key: String, otherThan job: JobID) throws -> Holder? {
        let row = try query("SELECT job, enqueued_at, period, states, ended FROM roost_unique WHERE key = ?").bind(
            1,
            key
        )
        .first { row in
            (
                job: try row.id(0), enqueuedAt: row.time(1),
                key: UniqueKey(
                    key: key,
                    period: row.optionalInt(2).map { .microseconds($0) },
                    states: JobState.states(mask: row.int(3))
                ),
                ended: try row.optionalInt(4).map(JobState.init(code:))
            )
        }
        guard let row, row.job != job else { return nil }
        let state = try row.ended ?? self.state(of: row.job)
        let isHeld = StoreRules.isDuplicate(
            of: row.key,
            holderState: state,
            holderEnqueuedAt: row.enqueuedAt,
            now: now
        )
        return isHeld ? Holder(id: row.job, ended: row.ended) : nil
    }

    func hold(_ unique: UniqueKey, _ job: JobID, enqueuedAt: Timestamp) throws {
        let insert = try query(
            "INSERT OR REPLACE INTO roost_unique (key, job, enqueued_at, period, states, ended) VALUES (?, ?, ?, ?, ?, NULL)"
        )
        insert.bind(1, unique.key).bind(2, job).bind(3, enqueuedAt).bind(4, unique.period?.wholeMicroseconds)
        try insert.bind(5, JobState.mask(unique.states)).run()
    }

    /// The state of any job that is known.
    func state(of job: JobID) throws -> JobState? {
        let state = try query("SELECT state FROM roost_job WHERE id = ?").bind(1, job).first { $0.int(0) }
        if let state { return try JobState(code: state) }
        return try isDone(job) ? .succeeded : nil
    }

    // MARK: Edges

    private func connect(_ batch: EnqueueBatch, _ edges: [JobID: [NewEdge]], _ stored: BatchProgress) throws {
        guard !stored.waiting.isEmpty else { return }
        if !stored.holders.isEmpty { try validateSubstituted(batch, stored) }
        var broken: [(seq: Int64, parent: (id: JobID, state: JobState))] = []
        var parents: Set<JobID> = []
        for (number, seq) in stored.waiting {
            let job = batch.jobs[number]
            var open: Int64 = 0
            var brokenBy: (id: JobID, state: JobState)?
            var flags: JobFlags = [.hasEdges]
            for edge in edges[job.id] ?? [] {
                let holder = stored.holders[edge.parent]
                let parent = holder?.id ?? edge.parent
                guard let state = try state(of: parent) ?? holder?.ended else {
                    throw Self.unknownParent(parent, of: number)
                }
                let isOpen = !state.isFinished
                if isOpen {
                    open += 1
                    if parents.insert(parent).inserted { try markParent(parent) }
                } else if !edge.condition.isMet(by: state), brokenBy == nil {
                    brokenBy = (parent, state)
                }
                if edge.carriesValue { flags.insert(.hasInputs) }
                guard isOpen || edge.carriesValue else { continue }
                let insert = try query(
                    "INSERT INTO roost_edge (child, position, parent, condition, carries, resolved) VALUES (?, ?, ?, ?, ?, ?)"
                )
                insert.bind(1, seq).bind(2, Int64(edge.position)).bind(3, parent).bind(4, edge.condition.code)
                try insert.bind(5, edge.carriesValue).bind(6, !isOpen).run()
            }
            // Its own children may have marked it before.
            try query("UPDATE roost_job SET open = ?, flags = flags | ? WHERE seq = ?")
                .bind(1, open).bind(2, flags.rawValue).bind(3, seq).run()
            if let brokenBy { broken.append((seq, brokenBy)) } else if open == 0 { try startAtOnce(seq) }
        }
        for (seq, parent) in broken {
            guard let row = try JobRow.find(seq: seq, self) else { continue }
            try skip(row, parent)
        }
        try resolveEdges()
    }

    /// The edges of a job that is not stored are dropped, but refused all the same where they lead nowhere: whether a
    /// batch is right must not hang on who holds a key.
    private func checkParents(
        _ edges: [NewEdge],
        of number: Int,
        in batch: EnqueueBatch,
        _ stored: inout BatchProgress
    ) throws {
        let ids = stored.ids ?? Set(batch.jobs.map(\.id))
        stored.ids = ids
        for edge in edges where !ids.contains(edge.parent) {
            if try state(of: edge.parent) == nil { throw Self.unknownParent(edge.parent, of: number) }
        }
    }

    private static func unknownParent(_ parent: JobID, of number: Int) -> StoreError {
        StoreError(.rejected, "job \(number) waits for \(parent), which is not known, or no longer", item: number)
    }

    private func startAtOnce(_ seq: Int64) throws {
        guard let row = try JobRow.find(seq: seq, self) else { return }
        let due =
            row.delay.map { StoreRules.due(.after(.microseconds($0)), now: now) }
            ?? row.due.flatMap { $0 > now ? $0 : nil }
        try start(seq, due: due)
    }

    private func markParent(_ parent: JobID) throws {
        try query("UPDATE roost_job SET flags = flags | ? WHERE id = ?")
            .bind(1, JobFlags.hasChildren.rawValue).bind(2, parent).run()
    }

    /// Where a holder took a job's place, the edges may form a circle that they did not before.
    private func validateSubstituted(_ batch: EnqueueBatch, _ stored: BatchProgress) throws {
        var substituted = batch
        substituted.edges = batch.edges.filter { stored.holders[$0.child] == nil }
        for index in substituted.edges.indices {
            let parent = substituted.edges[index].parent
            substituted.edges[index].parent = stored.holders[parent]?.id ?? parent
        }
        try StoreRules.validate(substituted)
    }
}
