import GRDB
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What operators and users ask of stored jobs, done once and written down.
extension WriteTransaction {
    func perform(_ request: ActionRequest) throws -> ActionAnswer {
        try query("DELETE FROM roost_request WHERE at <= ?").bind(1, now - StoreLimits.requestMemory).run()
        let known = try query("SELECT answer FROM roost_request WHERE id = ?").bind(1, request.id).first { $0.text(0) }
        if let known {
            return try StoredJSON.decode(StoredAnswer.self, from: Data(known.utf8)).answer()
        }
        let result = try perform(request.action, StoreRules.cancelled(by: request.by, why: request.why), by: request.by)
        try resolveEdges()
        let answer = ActionAnswer(result, changes: changes, hasMore: hasMore)
        let stored = String(decoding: try StoredJSON.encode(StoredAnswer(answer)), as: UTF8.self)
        try query("INSERT INTO roost_request (id, at, answer) VALUES (?, ?, ?)")
            .bind(1, request.id).bind(2, now).bind(3, stored).run()
        let (action, target) = request.action.words
        let insert = try query(
            "INSERT INTO roost_audit (at, action, target, by, why, result) VALUES (?, ?, ?, ?, ?, ?)"
        )
        insert.bind(1, now).bind(2, action).bind(3, target).bind(4, request.by).bind(5, request.why)
        try insert.bind(6, StoredAnswer(answer).result).run()
        return answer
    }

    private func perform(_ action: StoreAction, _ reason: FailureRecord, by: String) throws -> ActionAnswer.Result {
        switch action {
        case .cancel(let id): return try cancel(id, reason)
        case .cancelGraph(let graph): return try cancelGraph(graph, reason)
        case .reschedule(let id, let start): return try reschedule(id, start)
        case .retry(let id): return try retry(id)
        case .delete(let id): return try delete(id)
        case .pause(let queue, let kind):
            try query("INSERT OR IGNORE INTO roost_pause (queue, kind) VALUES (?, ?)")
                .bind(1, try lane(queue)).bind(2, try lane(kind)).run()
            return db.changesCount > 0 ? .done : .unchanged
        case .resume(let queue, let kind):
            try query("DELETE FROM roost_pause WHERE queue = ? AND kind = ?")
                .bind(1, try lane(queue)).bind(2, try lane(kind)).run()
            guard db.changesCount > 0 else { return .unchanged }
            topics.insert(.ready)
            return .done
        case .revoke(let scope, let once, let until):
            try query("INSERT OR REPLACE INTO roost_revocation (scope, once, until, by, at) VALUES (?, ?, ?, ?, ?)")
                .bind(1, scope.stored).bind(2, once).bind(3, until).bind(4, by).bind(5, now).run()
            topics.insert(.ready)
            return .done
        case .restore(let scope):
            try Revocations.remove(scope, self)
            return db.changesCount > 0 ? .done : .unchanged
        }
    }

    private func lane(_ name: String?) throws -> Int64 {
        try name.map { try names.intern($0, db) } ?? 0
    }

    // MARK: Cancel

    private func cancel(_ id: JobID, _ reason: FailureRecord) throws -> ActionAnswer.Result {
        guard let row = try JobRow.find(id, self) else {
            return try state(of: id) == nil ? .notFound : .unchanged
        }
        return try cancel(row, reason)
    }

    private func cancel(_ row: JobRow, _ reason: FailureRecord) throws -> ActionAnswer.Result {
        if row.state.isFinished { return .unchanged }
        if row.state == .running {
            topics.insert(.cancel)
            // Who asked first is who cancelled it.
            try query("UPDATE roost_job SET cancel = 1, failure = ? WHERE seq = ? AND cancel IS NULL")
                .bind(1, try StoredJSON.encode(reason)).bind(2, row.seq).run()
            return .requested
        }
        try note(row, to: .cancelled, reason: .cancelled)
        try end(row, as: .cancelled, reason)
        return .done
    }

    private func cancelGraph(_ graph: JobID, _ reason: FailureRecord) throws -> ActionAnswer.Result {
        let step = try cancelStep(of: graph, reason)
        if step.isPartial { try leaveGraph(graph, reason) }
        if step.cancelled > 0 { return .done }
        if step.asked > 0 { return .requested }
        let asked = try query("SELECT 1 FROM roost_job WHERE graph = ? AND state = 3").bind(1, graph).first { _ in true
        }
        if asked != nil { return .requested }
        let isKnown = try query(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM roost_job WHERE graph = ?1) OR EXISTS (SELECT 1 FROM roost_done WHERE graph = ?1)"
        ).bind(1, graph).first { _ in true }
        return isKnown == nil ? .notFound : .unchanged
    }

    /// Cancels some jobs of a graph, the last ones first: a job that waits is cancelled rather than skipped.
    func cancelStep(of graph: JobID, _ reason: FailureRecord) throws -> (cancelled: Int, asked: Int, isPartial: Bool) {
        let seqs = try query(
            """
            SELECT seq FROM roost_job WHERE graph = ? AND state <= 4 AND cancel IS NULL ORDER BY seq DESC LIMIT ?
            """
        ).bind(1, graph).bind(2, StoreLimits.jobsAStep + 1).all { $0.int(0) }
        var cancelled = 0
        var asked = 0
        for seq in seqs.prefix(StoreLimits.jobsAStep).reversed() {
            guard let row = try JobRow.find(seq: seq, self) else { continue }
            if try cancel(row, reason) == .requested { asked += 1 } else { cancelled += 1 }
        }
        return (cancelled, asked, seqs.count > StoreLimits.jobsAStep)
    }

    func leaveGraph(_ graph: JobID, _ reason: FailureRecord) throws {
        try query("INSERT INTO roost_todo (kind, job, state, reason) VALUES (1, ?, 0, ?)")
            .bind(1, graph).bind(2, try StoredJSON.encode(reason)).run()
        hasMore = true
        topics.insert(.ready)
    }

    // MARK: Single jobs

    private func reschedule(_ id: JobID, _ start: JobOptions.Start) throws -> ActionAnswer.Result {
        guard let row = try JobRow.find(id, self) else { return try refusal(id) }
        guard row.state == .scheduled || row.state == .ready else { return .refused(row.state) }
        let due = StoreRules.due(start, now: now)
        let state: JobState = due == nil ? .ready : .scheduled
        if state != row.state { try note(row, to: state) }
        try self.start(row.seq, due: due)
        return .done
    }

    private func retry(_ id: JobID) throws -> ActionAnswer.Result {
        guard let row = try JobRow.find(id, self) else { return try refusal(id) }
        guard row.state.isFinished else { return .refused(row.state) }
        if let key = row.unique {
            if let holder = try holder(of: key, otherThan: row.id) { return .duplicate(of: holder.id) }
            let unique = try query("SELECT uniq_period, uniq_states FROM roost_job WHERE seq = ?").bind(1, row.seq)
                .first {
                    UniqueKey(
                        key: key,
                        period: $0.optionalInt(0).map { .microseconds($0) },
                        states: JobState.states(mask: $0.int(1))
                    )
                }
            if let unique { try hold(unique, row.id, enqueuedAt: row.enqueuedAt) }
        }
        try note(row, to: .ready)
        // No job that waited for this one is told again, hence no children any more.
        let flags = row.flags.subtracting([.isPoison, .isSolo, .hasChildren])
        try query(
            """
            UPDATE roost_job SET failures = 0, crashes = 0, flags = ?, token = 0, cancel = NULL, started_at = NULL,
            finished_at = NULL, prune_at = NULL, failure = NULL WHERE seq = ?
            """
        ).bind(1, flags.rawValue).bind(2, row.seq).run()
        try start(row.seq, due: nil)
        return .done
    }

    private func refusal(_ id: JobID) throws -> ActionAnswer.Result {
        try state(of: id).map { .refused($0) } ?? .notFound
    }

    private func delete(_ id: JobID) throws -> ActionAnswer.Result {
        if let row = try JobRow.find(id, self) {
            guard row.state.isFinished else { return .refused(row.state) }
            try forget(seq: row.seq, id, flags: row.flags)
            try free(row.unique, id)
        } else {
            let done = try query("SELECT uniq FROM roost_done WHERE id = ?").bind(1, id).first { $0.optionalText(0) }
            guard let done else { return .notFound }
            try query("DELETE FROM roost_done WHERE id = ?").bind(1, id).run()
            try query("DELETE FROM roost_attempt WHERE job = ?").bind(1, id).run()
            try free(done, id)
        }
        try Revocations.remove(.job(id), self)
        return .done
    }

    private func free(_ key: String?, _ id: JobID) throws {
        guard let key else { return }
        try query("DELETE FROM roost_unique WHERE key = ? AND job = ?").bind(1, key).bind(2, id).run()
    }
}

/// An answer as the request memory keeps it, without the changes, which are told once.
private struct StoredAnswer: Codable {
    var result: String
    var state: JobState?
    var job: JobID?

    init(_ answer: ActionAnswer) {
        switch answer.result {
        case .done: result = "done"
        case .requested: result = "requested"
        case .unchanged: result = "unchanged"
        case .notFound: result = "notFound"
        case .refused(let state):
            result = "refused"
            self.state = state
        case .duplicate(let job):
            result = "duplicate"
            self.job = job
        }
    }

    func answer() throws -> ActionAnswer {
        switch (result, state, job) {
        case ("done", _, _): return ActionAnswer(.done)
        case ("requested", _, _): return ActionAnswer(.requested)
        case ("unchanged", _, _): return ActionAnswer(.unchanged)
        case ("notFound", _, _): return ActionAnswer(.notFound)
        case ("refused", let state?, _): return ActionAnswer(.refused(state))
        case ("duplicate", _, let job?): return ActionAnswer(.duplicate(of: job))
        default: throw StoreError(.corrupt, "the database remembers an answer '\(result)', which does not exist")
        }
    }
}

extension StoreAction {
    /// What the audit calls the action, and its target.
    fileprivate var words: (action: String, target: String) {
        switch self {
        case .cancel(let id): ("cancel", id.description)
        case .cancelGraph(let id): ("cancelGraph", id.description)
        case .reschedule(let id, _): ("reschedule", id.description)
        case .retry(let id): ("retry", id.description)
        case .delete(let id): ("delete", id.description)
        case .pause(let queue, let kind): ("pause", "\(queue ?? "*") \(kind ?? "*")")
        case .resume(let queue, let kind): ("resume", "\(queue ?? "*") \(kind ?? "*")")
        case .revoke(let scope, _, _): ("revoke", scope.words)
        case .restore(let scope): ("restore", scope.words)
        }
    }
}

extension RevocationScope {
    fileprivate var words: String {
        switch self {
        case .kind(let kind): "kind \(kind)"
        case .job(let id): "job \(id)"
        }
    }
}
