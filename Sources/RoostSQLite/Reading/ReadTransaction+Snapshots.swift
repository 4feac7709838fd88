import RoostCore

extension ReadTransaction {
    private static let jobColumns = """
        id, kind, queue, state, priority, attempt, failures, crashes, claims, graph, token, cancel, open, enqueued_at, due,
        ready_at, expires, started_at, finished_at, codec, key_id, payload, headers, enqueued_by, failure
        """

    private static let doneColumns = """
        id, kind, queue, priority, attempt, failures, crashes, claims, graph, enqueued_at, expires, started_at, finished_at,
        headers, enqueued_by, output
        """

    func snapshot(of id: JobID) throws -> JobSnapshot? {
        try query("SELECT \(Self.jobColumns) FROM roost_job WHERE id = ?").bind(1, id).first(job)
            ?? query("SELECT \(Self.doneColumns) FROM roost_done WHERE id = ?").bind(1, id).first(done)
    }

    /// The jobs that match, from both tables, by id.
    func list(_ wanted: JobQuery) throws -> [JobSnapshot] {
        guard wanted.limit > 0 else { return [] }
        var conditions = ["id > ?1"]
        if let queue = wanted.queue {
            guard let number = try names.number(queue, db) else { return [] }
            conditions.append("queue = \(number)")
        }
        if let kind = wanted.kind {
            guard let number = try names.number(kind, db) else { return [] }
            conditions.append("kind = \(number)")
        }
        if wanted.graph != nil { conditions.append("graph = ?3") }
        let after = wanted.after ?? JobID(high: 0, low: 0)
        func fetch(
            _ table: String,
            _ columns: String,
            _ more: [String],
            _ read: (Query) throws -> JobSnapshot
        ) throws -> [JobSnapshot] {
            let sql =
                "SELECT \(columns) FROM \(table) WHERE \((conditions + more).joined(separator: " AND ")) ORDER BY id LIMIT ?2"
            let query = try query(sql).bind(1, after).bind(2, wanted.limit)
            if let graph = wanted.graph { query.bind(3, graph) }
            return try query.all(read)
        }
        let states = wanted.states.isEmpty ? Set(JobState.allCases) : wanted.states
        let others = states.subtracting([.succeeded]).map { String($0.code) }.sorted()
        var found: [JobSnapshot] = []
        if !others.isEmpty {
            found += try fetch("roost_job", Self.jobColumns, ["state IN (\(others.joined(separator: ",")))"], job)
        }
        if states.contains(.succeeded) { found += try fetch("roost_done", Self.doneColumns, [], done) }
        found.sort { ($0.id.high, $0.id.low) < ($1.id.high, $1.id.low) }
        return Array(found.prefix(wanted.limit))
    }

    private func job(_ row: Query) throws -> JobSnapshot {
        let state = try JobState(code: row.int(3))
        let isRunning = state == .running
        let token = row.int(10)
        return JobSnapshot(
            id: try row.id(0),
            kind: try name(row.int(1)),
            queue: try name(row.int(2)),
            state: state,
            priority: Int32(truncatingIfNeeded: row.int(4)),
            attempt: Int(row.int(5)),
            failures: Int(row.int(6)),
            crashes: Int(row.int(7)),
            claims: Int(row.int(8)),
            graph: row.optionalID(9),
            token: isRunning ? LeaseToken(token) : nil,
            worker: isRunning ? try worker(of: token) : nil,
            cancelRequested: row.bool(11),
            openEdges: Int(row.int(12)),
            enqueuedAt: row.time(13),
            dueAt: state == .scheduled ? row.optionalTime(14) : nil,
            readyAt: row.optionalTime(15),
            expiresAt: row.optionalTime(16),
            startedAt: row.optionalTime(17),
            finishedAt: row.optionalTime(18),
            payload: Payload(
                codec: UInt8(truncatingIfNeeded: row.int(19)),
                keyID: Int32(truncatingIfNeeded: row.int(20)),
                bytes: row.data(21)
            ),
            headers: StoredJSON.headersToShow(row.optionalData(22)),
            enqueuedBy: try name(row.int(23)),
            failure: state.isFinished ? Self.failure(row.optionalData(24)) : nil
        )
    }

    private func worker(of token: Int64) throws -> WorkerID? {
        try query("SELECT worker FROM roost_lease WHERE token = ?").bind(1, token).first { WorkerID($0.int(0)) }
    }

    private func done(_ row: Query) throws -> JobSnapshot {
        JobSnapshot(
            id: try row.id(0),
            kind: try name(row.int(1)),
            queue: try name(row.int(2)),
            state: .succeeded,
            priority: Int32(truncatingIfNeeded: row.int(3)),
            attempt: Int(row.int(4)),
            failures: Int(row.int(5)),
            crashes: Int(row.int(6)),
            claims: Int(row.int(7)),
            graph: row.optionalID(8),
            enqueuedAt: row.time(9),
            expiresAt: row.optionalTime(10),
            startedAt: row.optionalTime(11),
            finishedAt: row.optionalTime(12),
            headers: StoredJSON.headersToShow(row.optionalData(13)),
            enqueuedBy: try name(row.int(14)),
            output: row.optionalData(15)
        )
    }
}
