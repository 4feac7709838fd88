import RoostCore

/// What the end of a job means for the jobs that wait for it, in bounded steps (rule 6).
extension WriteTransaction {
    /// A child some of whose edges were resolved in this round.
    private struct Touched {
        var met: Int64 = 0
        /// The first parent whose end broke an edge.
        var broken: (id: JobID, state: JobState)?
        /// The number of the parent that decided: readiness follows the order of the parents.
        var order = 0
    }

    /// Resolves the edges of the jobs that ended, and of those skipped thereby, up to the budget; leaves the rest to
    /// `advance()`.
    func resolveEdges() throws {
        while !endedParents.isEmpty, edgeBudget > 0 {
            let round = endedParents
            endedParents = []
            try resolve(round)
        }
        for (id, state) in endedParents { try leave(id, state) }
        endedParents = []
    }

    private func resolve(_ round: [(id: JobID, state: JobState)]) throws {
        var touched: [Int64: Touched] = [:]
        for (order, parent) in round.enumerated() {
            let edges = try openEdges(of: parent.id, limit: edgeBudget + 1)
            if edges.count > edgeBudget { try leave(parent.id, parent.state) }
            for edge in edges.prefix(edgeBudget) {
                let isMet = edge.condition.isMet(by: parent.state)
                try settle(edge)
                var child = touched[edge.child] ?? Touched()
                // What broke it decides, whatever comes after.
                if child.broken == nil {
                    child.order = order
                    if isMet { child.met += 1 } else { child.broken = parent }
                }
                touched[edge.child] = child
            }
            edgeBudget -= min(edges.count, edgeBudget)
        }
        var children: [(row: JobRow, touched: Touched)] = []
        for (seq, touched) in touched {
            guard let row = try JobRow.find(seq: seq, self), row.state == .waiting else { continue }
            children.append((row, touched))
        }
        // A total order, so that nothing depends on how the dictionary hashes.
        children.sort {
            ($0.touched.order, $0.row.id.high, $0.row.id.low) < ($1.touched.order, $1.row.id.high, $1.row.id.low)
        }
        for (row, touched) in children {
            if let parent = touched.broken {
                try skip(row, parent)
            } else if touched.met >= row.open {
                try leaveWaiting(row)
            } else {
                try query("UPDATE roost_job SET open = open - ? WHERE seq = ?")
                    .bind(1, touched.met).bind(2, row.seq).run()
            }
        }
    }

    private struct OpenEdge {
        var child: Int64
        var position: Int64
        var condition: EdgeCondition
        var carries: Bool
    }

    private func openEdges(of parent: JobID, limit: Int) throws -> [OpenEdge] {
        try query(
            "SELECT child, position, condition, carries FROM roost_edge WHERE parent = ? AND resolved = 0 LIMIT ?"
        )
        .bind(1, parent).bind(2, limit)
        .all {
            OpenEdge(
                child: $0.int(0),
                position: $0.int(1),
                condition: try EdgeCondition(code: $0.int(2)),
                carries: $0.bool(3)
            )
        }
    }

    private func settle(_ edge: OpenEdge) throws {
        let sql: StaticString =
            edge.carries
            ? "UPDATE roost_edge SET resolved = 1 WHERE child = ? AND position = ?"
            : "DELETE FROM roost_edge WHERE child = ? AND position = ?"
        try query(sql).bind(1, edge.child).bind(2, edge.position).run()
    }

    /// Notes that edges of `parent` are left.
    private func leave(_ parent: JobID, _ state: JobState) throws {
        try query("INSERT INTO roost_todo (kind, job, state) VALUES (0, ?, ?)").bind(1, parent).bind(2, state.code)
            .run()
        hasMore = true
        // Whoever sleeps must come and advance.
        topics.insert(.ready)
    }

    func skip(_ row: JobRow, _ parent: (id: JobID, state: JobState)) throws {
        try note(row, to: .skipped, reason: .parentEnded)
        try end(row, as: .skipped, StoreRules.parentEnded(parent.id, in: parent.state))
    }

    /// The last edge is met: ready, or scheduled where its start is still to come.
    func leaveWaiting(_ row: JobRow) throws {
        let due: Timestamp? =
            if let delay = row.delay {
                StoreRules.due(.after(.microseconds(delay)), now: now)
            } else {
                row.due.flatMap { $0 > now ? $0 : nil }
            }
        try note(row, to: due == nil ? .ready : .scheduled)
        try start(row.seq, due: due)
    }

    /// Puts a job at the end of its lane, or among the scheduled ones.
    func start(_ seq: Int64, due: Timestamp?) throws {
        if let due {
            topics.insert(.ready)
            try query("UPDATE roost_job SET state = 0, due = ?, open = 0, ready_at = NULL WHERE seq = ?")
                .bind(1, due).bind(2, seq).run()
        } else {
            started.insert(seq)
            try query("UPDATE roost_job SET state = 1, pos = ?, due = NULL, open = 0, ready_at = ? WHERE seq = ?")
                .bind(1, try nextPos()).bind(2, now).bind(3, seq).run()
        }
    }
}
