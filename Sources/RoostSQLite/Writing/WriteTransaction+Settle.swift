import GRDB
import RoostCore

extension WriteTransaction {
    /// One transaction's part of an exchange: all of it, unless others who stand in line make it end sooner. Nothing
    /// of the answer is known by anyone before it is whole, so it does not matter into how many parts it falls.
    ///
    /// - Parameter request: loses what was done of it.
    func exchange(_ request: inout Exchange) throws -> ExchangeAnswer {
        var answer = ExchangeAnswer(now: now)
        if !request.settle.isEmpty {
            answer.settled = try settle(request.settle, for: request.worker)
            request.settle.removeFirst(answer.settled.count)
        }
        if let claim = request.claim, request.settle.isEmpty, answer.settled.isEmpty || !patience.isOver {
            answer.claim = try self.claim(claim, for: request.worker)
            request.claim = nil
        }
        answer.changes = changes
        answer.hasMore = hasMore
        return answer
    }

    /// Settles one job that succeeded, in a transaction that its own writes are part of.
    ///
    /// - Returns: whether it is held by the token, and did succeed: where what it added was refused it did not.
    func complete(_ item: SettleItem) throws -> Bool {
        guard try settle([item], for: WorkerID(0)) == [.applied] else { return false }
        return try state(of: item.job) == .succeeded
    }

    /// Settles each item by itself, then resolves what their ends mean for others.
    ///
    /// - Returns: the answers to the items, or to the first of them where the turn had to end.
    private func settle(_ items: [SettleItem], for worker: WorkerID) throws -> [SettleAnswer] {
        var answers: [SettleAnswer] = []
        answers.reserveCapacity(items.count)
        var freed: [(token: Int64, count: Int64)] = []
        func free(_ token: Int64, _ count: Int64) {
            if freed.last?.token == token {
                freed[freed.count - 1].count += count
            } else {
                freed.append((token, count))
            }
        }
        while answers.count < items.count, answers.isEmpty || !patience.isOver {
            let next = items[answers.count...].prefix(ComposedStatement.group)
            if let group = try group(next) {
                try succeed(group[...])
                answers += Array(repeating: .applied, count: group.count)
                free(group[0].row.token, Int64(group.count))
                continue
            }
            _ = takeRows(of: next.lazy.map(\.job))
            for item in next {
                let answer = try settle(item, for: worker)
                answers.append(answer)
                if answer == .applied { free(item.token.number, 1) }
            }
        }
        for lease in freed { try release(lease.token, count: lease.count) }
        try resolveEdges()
        return answers
    }

    /// The items with their rows, if they can be settled together: jobs of one claim that all succeeded, and whose rows are
    /// known and have not changed; nil: one by one.
    private func group(_ items: ArraySlice<SettleItem>) throws -> [(row: JobRow, item: SettleItem)]? {
        guard items.count == ComposedStatement.group, let first = items.first else { return nil }
        let isPlain = items.allSatisfy { item in
            guard case .succeeded = item.end else { return false }
            return item.added == nil && item.token == first.token
        }
        guard isPlain else { return nil }
        var group: [(row: JobRow, item: SettleItem)] = []
        group.reserveCapacity(items.count)
        for (row, item) in zip(takeRows(of: items.lazy.map(\.job)), items) {
            guard var row, row.token == item.token.number, row.flags == group.first?.row.flags ?? row.flags else {
                return nil
            }
            row.settled = row.token
            if item.startedAt != nil { row.attempt += 1 }
            group.append((row, item))
        }
        let count = try query(.countRunning).bind(1, first.token.number).bind(2, group[0].row.flags.rawValue)
        for (number, next) in group.enumerated() { count.bind(Int32(number + 3), next.row.seq) }
        return try count.first { Int($0.int(0)) } == group.count ? group : nil
    }

    private func settle(_ item: SettleItem, for worker: WorkerID) throws -> SettleAnswer {
        guard let row = try JobRow.find(item.job, self) else {
            let token = try query("SELECT token FROM roost_done WHERE id = ?").bind(1, item.job).first { $0.int(0) }
            return token == item.token.number ? .already : .stale
        }
        guard row.state == .running, row.token == item.token.number else {
            return row.settled == item.token.number ? .already : .stale
        }
        try settle(item, row, worker)
        return .applied
    }

    /// A lease loses members; the last one takes its row along.
    func release(_ token: Int64, count: Int64) throws {
        try query("DELETE FROM roost_lease WHERE token = ? AND open <= ?").bind(1, token).bind(2, count).run()
        guard db.changesCount == 0 else { return }
        try query("UPDATE roost_lease SET open = open - ? WHERE token = ?").bind(1, count).bind(2, token).run()
    }

    private func settle(_ item: SettleItem, _ before: JobRow, _ worker: WorkerID) throws {
        var row = before
        row.settled = row.token
        let isCharged = item.startedAt != nil && item.end != .released
        if isCharged { row.attempt += 1 }
        let attempt = isCharged ? row.attempt : row.attempt + 1
        func log(_ failure: FailureRecord) throws {
            try self.log(row, attempt: attempt, failure, worker: worker.number, startedAt: item.startedAt)
            row.flags.insert(.hasAttempts)
        }
        switch item.end {
        case .succeeded(let output):
            guard let added = item.added else {
                return try succeed(row, output: output, startedAt: item.startedAt)
            }
            // In this order, since the edges of what it added may name the job itself, which has succeeded by then.
            let rejection = try self.attempt {
                try succeed(row, output: output, startedAt: item.startedAt)
                _ = try enqueue(added)
            }
            if let rejection {
                let failure = StoreRules.additionRejected(rejection)
                try log(failure)
                try note(row, to: .failed, reason: failure.reason)
                try end(row, as: .failed, failure, startedAt: item.startedAt)
            }
        case .failed(let failure):
            try log(failure)
            try end(row, as: .failed, failure, startedAt: item.startedAt)
        case .retry(let delay, let failure, let usesRetry):
            try log(failure)
            if row.cancelRequested {
                try cancelAsAsked(row, startedAt: item.startedAt)
            } else {
                if usesRetry { row.failures += 1 }
                try restart(row, after: delay)
            }
        case .cancelled(let failure):
            if item.startedAt != nil { try log(failure) }
            try end(row, as: .cancelled, failure, startedAt: item.startedAt)
        case .expired:
            try end(row, as: .expired, StoreRules.expired, startedAt: item.startedAt)
        case .released:
            try giveBack(row)
        }
    }

    private func restart(_ row: JobRow, after delay: Duration) throws {
        count(.retried, queue: row.queue, kind: row.kind)
        topics.insert(.ready)
        let due = StoreRules.due(.after(delay), now: now)
        let update = try query(
            """
            UPDATE roost_job SET state = ?, due = ?, pos = CASE WHEN ?1 = 1 THEN ?3 ELSE pos END,
            ready_at = CASE WHEN ?1 = 1 THEN ?4 END, token = 0, settled = ?5, attempt = ?6, failures = ?7, flags = ?8 WHERE seq = ?9
            """
        )
        update.bind(1, due == nil ? JobState.ready.code : JobState.scheduled.code).bind(2, due)
        update.bind(3, due == nil ? try nextPos() : 0).bind(4, now).bind(5, row.settled).bind(6, row.attempt)
        try update.bind(7, row.failures).bind(8, row.flags.rawValue).bind(9, row.seq).run()
    }

    /// Puts a job back where it stood, uncharged; one whose cancel was asked for ends instead.
    func giveBack(_ row: JobRow) throws {
        if row.cancelRequested { return try cancelAsAsked(row) }
        topics.insert(.ready)
        try query("UPDATE roost_job SET state = 1, token = 0, settled = ? WHERE seq = ?")
            .bind(1, row.settled).bind(2, row.seq).run()
    }

    /// Ends a job that would go on, but for its cancel that was asked for while it ran.
    func cancelAsAsked(_ row: JobRow, startedAt: Timestamp? = nil) throws {
        try note(row, to: .cancelled, reason: .cancelled)
        try end(row, as: .cancelled, nil, startedAt: startedAt)
    }
}
