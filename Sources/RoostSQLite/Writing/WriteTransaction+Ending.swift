import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The end of jobs. Every end goes through `succeed` or `end`.
extension WriteTransaction {
    /// Moves a job that succeeded to `roost_done`.
    func succeed(_ row: JobRow, output: Data?, startedAt: Timestamp?) throws {
        try query("DELETE FROM roost_job WHERE seq = ?").bind(1, row.seq).run()
        let insert = try query(.insertDone)
        bind(row, output: output, startedAt: startedAt, to: insert, after: 0)
        try insert.run()
        try didSucceed(row)
    }

    /// The same for as many jobs as one statement takes.
    func succeed(_ group: ArraySlice<(row: JobRow, item: SettleItem)>) throws {
        let delete = try query(.deleteJobs)
        for (number, next) in group.enumerated() { delete.bind(Int32(number + 1), next.row.seq) }
        try delete.run()
        let insert = try query(.insertDones)
        for (number, next) in group.enumerated() {
            var output: Data?
            if case .succeeded(let found) = next.item.end { output = found }
            let after = Int32(number) * DoneColumns.bound
            bind(next.row, output: output, startedAt: next.item.startedAt, to: insert, after: after)
        }
        try insert.run()
        for next in group { try didSucceed(next.row) }
    }

    private func bind(_ row: JobRow, output: Data?, startedAt: Timestamp?, to insert: Query, after: Int32) {
        let pruneAt = StoreRules.pruneAt(state: .succeeded, finishedAt: now, retention: .microseconds(row.retention))
        insert.bind(after + 1, row.id).bind(after + 2, row.queue).bind(after + 3, row.kind)
        insert.bind(after + 4, row.priority).bind(after + 5, row.settled).bind(after + 6, row.claims)
        insert.bind(after + 7, row.attempt).bind(after + 8, row.failures).bind(after + 9, row.crashes)
        insert.bind(after + 10, row.graph).bind(after + 11, row.enqueuedBy).bind(after + 12, row.enqueuedAt)
        insert.bind(after + 13, startedAt).bind(after + 14, now).bind(after + 15, pruneAt)
        insert.bind(after + 16, row.expires).bind(after + 17, row.flags.rawValue).bind(after + 18, row.unique)
        insert.bind(after + 19, row.headers).bind(after + 20, output)
    }

    private func didSucceed(_ row: JobRow) throws {
        noteDone(row.id)
        if row.flags.contains(.hasEdges) {
            try query("DELETE FROM roost_edge WHERE child = ?").bind(1, row.seq).run()
        }
        try didEnd(row, as: .succeeded)
    }

    /// Ends a job in any other way. It stays where it is, with its payload, until it is pruned.
    ///
    /// - Parameter failure: nil where its cancel was asked for: the request left the reason in the row.
    func end(
        _ row: JobRow,
        as state: JobState,
        _ failure: FailureRecord?,
        startedAt: Timestamp? = nil
    ) throws {
        let update = try query(
            """
            UPDATE roost_job SET state = ?, token = 0, settled = ?, attempt = ?, failures = ?, crashes = ?, flags = ?, cancel = NULL,
            due = NULL, open = 0, started_at = ?, finished_at = ?, prune_at = ?, failure = ifnull(?, failure) WHERE seq = ?
            """
        )
        let pruneAt = StoreRules.pruneAt(state: state, finishedAt: now, retention: .microseconds(row.retention))
        update.bind(1, state.code).bind(2, row.settled).bind(3, row.attempt).bind(4, row.failures).bind(5, row.crashes)
        update.bind(6, row.flags.rawValue).bind(7, startedAt).bind(8, now).bind(9, pruneAt)
        try update.bind(10, try failure.map(StoredJSON.encode)).bind(11, row.seq).run()
        if row.flags.contains(.hasEdges) {
            // Those that carry a value are kept, so that an operator's retry finds the inputs; none is resolved again.
            try query("DELETE FROM roost_edge WHERE child = ? AND carries = 0").bind(1, row.seq).run()
            try query("UPDATE roost_edge SET resolved = 1 WHERE child = ? AND resolved = 0").bind(1, row.seq).run()
        }
        try didEnd(row, as: state)
    }

    private func didEnd(_ row: JobRow, as state: JobState) throws {
        topics.insert(.settled)
        if let event = MinuteCount.Event(ended: state) { count(event, queue: row.queue, kind: row.kind) }
        if row.unique != nil { try releaseUnique(row, endedAs: state) }
        if row.flags.contains(.hasChildren) { endedParents.append((row.id, state)) }
    }

    private func releaseUnique(_ row: JobRow, endedAs state: JobState) throws {
        // Where the end still counts, the key must remember it: a period may outlive the job's row.
        try query("UPDATE roost_unique SET ended = ?1 WHERE key = ?2 AND job = ?3")
            .bind(1, state.code).bind(2, row.unique).bind(3, row.id).run()
        try query("DELETE FROM roost_unique WHERE key = ?1 AND job = ?2 AND states & (1 << ?3) = 0")
            .bind(1, row.unique).bind(2, row.id).bind(3, state.code).run()
    }

    /// Writes one row of a job's history, of which the last hundred are kept.
    func log(
        _ row: JobRow,
        attempt: Int,
        _ failure: FailureRecord,
        worker: Int64?,
        startedAt: Timestamp?
    ) throws {
        let insert = try query(
            """
            INSERT INTO roost_attempt (job, attempt, reason, error_type, message, stack, worker, started_at, ended_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        insert.bind(1, row.id).bind(2, attempt).bind(3, failure.reason.rawValue).bind(4, failure.errorType)
        insert.bind(5, failure.message).bind(6, failure.stack).bind(7, worker).bind(8, startedAt)
        try insert.bind(9, now).run()
        guard attempt > StoreLimits.attemptsKept else { return }
        try query(
            """
            DELETE FROM roost_attempt WHERE job = ?1 AND seq <= (
                SELECT seq FROM roost_attempt WHERE job = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)
            """
        ).bind(1, row.id).bind(2, StoreLimits.attemptsKept).run()
    }
}

extension MinuteCount.Event {
    init?(ended state: JobState) {
        switch state {
        case .succeeded: self = .succeeded
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        case .expired: self = .expired
        case .skipped: self = .skipped
        case .scheduled, .ready, .held, .running, .waiting: return nil
        }
    }
}
