extension MemoryState {
    func outcome(of job: JobID) -> StoredOutcome? {
        guard let slot = slot(of: job), let finishedAt = rows[slot].finishedAt else { return nil }
        let row = rows[slot]
        return StoredOutcome(
            state: row.state,
            output: row.output,
            failure: failures[job],
            kind: row.facts.job.kind,
            attempt: row.attempt,
            finishedAt: finishedAt
        )
    }

    func snapshot(of job: JobID) -> JobSnapshot? {
        guard let slot = slot(of: job) else { return nil }
        let row = rows[slot]
        return JobSnapshot(
            id: row.id,
            kind: row.facts.job.kind,
            queue: row.facts.job.queue,
            state: row.state,
            priority: row.facts.job.priority,
            attempt: row.attempt,
            failures: row.failures,
            crashes: row.crashes,
            claims: row.claims,
            graph: row.facts.job.graph,
            token: row.token == 0 ? nil : LeaseToken(row.token),
            worker: leases[row.token]?.worker,
            cancelRequested: row.flags.contains(.cancelRequested),
            openEdges: row.state == .waiting ? row.openEdges : 0,
            enqueuedAt: row.facts.enqueuedAt,
            dueAt: row.state == .scheduled ? row.due : nil,
            readyAt: row.readyAt,
            expiresAt: row.facts.expiresAt,
            startedAt: row.startedAt,
            finishedAt: row.finishedAt,
            payload: row.payload,
            headers: row.facts.job.headers,
            enqueuedBy: row.facts.job.enqueuedBy,
            output: row.output,
            failure: failures[job]
        )
    }

    mutating func list(_ query: JobQuery) -> [JobSnapshot] {
        guard query.limit > 0 else { return [] }
        var page: [JobSnapshot] = []
        var last: JobID?
        let ids = query.graph.map { graph in
            (members[graph]?.ids ?? []).filter { id in query.after.map { $0 < id } ?? true }.sorted()[...]
        }
        for id in ids ?? self.ids.above(query.after) where id != last {
            last = id
            guard let slot = slot(of: id), matches(slot, query), let snapshot = snapshot(of: id) else { continue }
            page.append(snapshot)
            if page.count == query.limit { break }
        }
        return page
    }

    private func matches(_ slot: Int, _ query: JobQuery) -> Bool {
        let lane = lanes[rows[slot].lane]
        return (query.queue ?? lane.queue) == lane.queue
            && (query.kind ?? lane.kind) == lane.kind
            && (query.states.isEmpty || query.states.contains(rows[slot].state))
    }

    func laneCounts() -> [LaneCounts] {
        let known = lanes.filter { $0.counts.contains { $0 > 0 } }
        return known.sorted { ($0.queue, $0.kind) < ($1.queue, $1.kind) }.map { lane in
            var byState: [JobState: Int] = [:]
            for state in JobState.allCases where lane.counts[state.ordinal] > 0 {
                byState[state] = lane.counts[state.ordinal]
            }
            return LaneCounts(
                queue: lane.queue,
                kind: lane.kind,
                byState: byState,
                oldestReadyAt: lane.oldestReadyAt(in: rows),
                isPaused: lane.isPaused
            )
        }
    }

    func inputRecords(of job: JobID, from position: Int32, limit: Int) -> [JobInputRecord] {
        let all = inputs[job] ?? []
        return all.drop { $0.position < position }.prefix(max(limit, 0)).map {
            JobInputRecord(position: $0.position, parent: $0.parent, outcome: outcome(of: $0.parent))
        }
    }
}
