import RoostCore

extension WriteTransaction {
    /// One bounded step of everything that is due (rule 6).
    func advance() throws {
        if try promoteDue() { hasMore = true }
        let todo = try query("SELECT seq, kind, job, state, reason FROM roost_todo ORDER BY seq LIMIT 1")
            .first {
                (seq: $0.int(0), kind: $0.int(1), job: try $0.id(2), state: $0.int(3), reason: $0.optionalData(4))
            }
        guard let todo else { return }
        // Taken out first: what this step leaves over is put back at the end of the line.
        try query("DELETE FROM roost_todo WHERE seq = ?").bind(1, todo.seq).run()
        if todo.kind == 1 {
            let reason =
                try todo.reason.map { try StoredJSON.decode(FailureRecord.self, from: $0) }
                ?? StoreRules.cancelled(by: "", why: "")
            if try cancelStep(of: todo.job, reason).isPartial { try leaveGraph(todo.job, reason) }
        } else {
            endedParents.append((todo.job, try JobState(code: todo.state)))
        }
        try resolveEdges()
        let isLeft = try query("SELECT 1 FROM roost_todo LIMIT 1").first { _ in true } != nil
        if isLeft { hasMore = true }
    }

    /// Deletes finished jobs whose retention is over, a step's worth. How many.
    func prune() throws -> Int {
        let done = try query(
            composed:
                "SELECT id, flags, uniq FROM roost_done WHERE prune_at <= ? AND NOT (\(Self.isNeeded("roost_done"))) LIMIT ?"
        )
        .bind(1, now).bind(2, StoreLimits.jobsAStep)
        .all { (id: try $0.id(0), flags: JobFlags(rawValue: $0.int(1)), unique: $0.optionalText(2)) }
        // A revocation of a job goes with it.
        let areRevoked = try !Revocations.scopes(self).isEmpty
        for job in done {
            try freeOutlived(job.unique, job.id)
            if areRevoked { try Revocations.remove(.job(job.id), self) }
            try query("DELETE FROM roost_done WHERE id = ?").bind(1, job.id).run()
            if job.flags.contains(.hasAttempts) {
                try query("DELETE FROM roost_attempt WHERE job = ?").bind(1, job.id).run()
            }
        }
        let ended = try query(
            composed: """
                SELECT seq, id, flags, uniq FROM roost_job WHERE prune_at IS NOT NULL AND prune_at <= ?
                AND NOT (\(Self.isNeeded("roost_job"))) LIMIT ?
                """
        ).bind(1, now).bind(2, StoreLimits.jobsAStep - done.count)
            .all {
                (seq: $0.int(0), id: try $0.id(1), flags: JobFlags(rawValue: $0.int(2)), unique: $0.optionalText(3))
            }
        for job in ended {
            try freeOutlived(job.unique, job.id)
            if areRevoked { try Revocations.remove(.job(job.id), self) }
            try forget(seq: job.seq, job.id, flags: job.flags)
        }
        let count = done.count + ended.count
        if count < StoreLimits.jobsAStep { try pruneSideTables() }
        return count
    }

    /// Whether an unfinished job still needs the value of the row.
    private static func isNeeded(_ table: String) -> String {
        """
        EXISTS (SELECT 1 FROM roost_edge e JOIN roost_job c ON c.seq = e.child
        WHERE e.parent = \(table).id AND e.carries = 1 AND c.state <= 4)
        """
    }

    /// Deletes the row of a finished job and what hangs on it, but for its unique key.
    func forget(seq: Int64, _ id: JobID, flags: JobFlags) throws {
        try query("DELETE FROM roost_job WHERE seq = ?").bind(1, seq).run()
        if flags.contains(.hasEdges) { try query("DELETE FROM roost_edge WHERE child = ?").bind(1, seq).run() }
        if flags.contains(.hasAttempts) { try query("DELETE FROM roost_attempt WHERE job = ?").bind(1, id).run() }
    }

    /// Frees a pruned job's key, unless its period goes on: that may outlive the job.
    private func freeOutlived(_ key: String?, _ id: JobID) throws {
        guard let key else { return }
        try query(
            "DELETE FROM roost_unique WHERE key = ? AND job = ? AND (period IS NULL OR enqueued_at + period <= ?)"
        ).bind(1, key).bind(2, id).bind(3, now).run()
    }

    /// What nobody asks for any more: unique keys that count no longer, minutes and audits of long ago.
    private func pruneSideTables() throws {
        try query(
            """
            DELETE FROM roost_unique WHERE key IN (SELECT key FROM roost_unique WHERE ended IS NOT NULL AND period IS NOT NULL
            AND enqueued_at + period <= ? LIMIT ?)
            """
        ).bind(1, now).bind(2, StoreLimits.jobsAStep).run()
        try query("DELETE FROM roost_minute WHERE minute < ?")
            .bind(1, (now - .days(14)).microseconds / 60_000_000).run()
        try query("DELETE FROM roost_audit WHERE at < ?").bind(1, now - .days(365)).run()
    }
}
