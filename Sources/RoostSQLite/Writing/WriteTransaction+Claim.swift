import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension WriteTransaction {
    /// Hands out ready jobs under one new lease (rules 1, 3, 5, 9).
    func claim(_ request: ClaimRequest, for worker: WorkerID) throws -> Claim {
        try promoteDue()
        guard request.limit > 0 else { return Claim(nextDue: try nextDue()) }
        var picker = try ClaimPicker(request, self)
        var isCut = false
        switch request.source {
        case .lanes(let queues, let kinds):
            // A queue that is named twice is served once: no job may be picked twice.
            for (index, queue) in queues.enumerated() where !picker.isFull && !queues[..<index].contains(queue) {
                var lanes = try LaneMerge(queue: queue, kinds: kinds, limit: request.limit - picker.picked.count, self)
                while !isCut, !picker.isFull, let seq = try lanes.next(self) {
                    try picker.offer(seq, self)
                    // What is picked takes as long again to hand out.
                    let count = picker.picked.count
                    isCut = count > 0 && count % StoreLimits.jobsBetweenLooks == 0 && patience.isHalfOver
                }
                if isCut { break }
            }
        case .endedOnly:
            for seq in try endedCandidates(limit: request.limit) where !picker.isFull {
                try picker.offer(seq, self, endedOnly: true)
            }
        }
        guard !picker.picked.isEmpty else { return Claim(nextDue: try nextDue(), isCut: isCut) }
        let token = try nextToken()
        let jobs = try hand(out: picker.picked, under: LeaseToken(token), to: worker, lease: request.lease)
        return Claim(token: LeaseToken(token), jobs: jobs, nextDue: try nextDue(), isCut: isCut)
    }

    /// Marks the jobs as running and writes the lease.
    private func hand(
        out picked: [PickedJob],
        under token: LeaseToken,
        to worker: WorkerID,
        lease: Duration
    ) throws -> [ClaimedJob] {
        var jobs: [ClaimedJob] = []
        jobs.reserveCapacity(picked.count)
        claimed.reserveCapacity(picked.count)
        var members = Data(capacity: picked.count * 8)
        for next in picked {
            var (row, job) = (next.row, next.job)
            row.state = .running
            row.token = token.number
            row.claims += 1
            if job.isSolo { row.flags.insert(.isSolo) } else { row.flags.remove(.isSolo) }
            job.token = token
            jobs.append(job)
            claimed.append(row)
            withUnsafeBytes(of: row.seq.littleEndian) { members.append(contentsOf: $0) }
        }
        if !started.isEmpty { for row in claimed { started.remove(row.seq) } }
        try markRunning(claimed[...])
        let insert = try query(
            "INSERT INTO roost_lease (token, worker, boot, until, open, members) VALUES (?, ?, ?, ?, ?, ?)"
        )
        insert.bind(1, token.number).bind(2, worker.number).bind(3, boot)
        insert.bind(4, uptime.addingSaturated(lease.wholeMicroseconds)).bind(5, picked.count)
        try insert.bind(6, members).run()
        return jobs
    }

    private func markRunning(_ rows: ArraySlice<JobRow>) throws {
        var rest = rows
        // A solo job comes alone, hence in no group.
        while rest.count >= ComposedStatement.group {
            let update = try query(.markRunning).bind(1, rest[rest.startIndex].token)
            for (number, row) in rest.prefix(ComposedStatement.group).enumerated() {
                update.bind(Int32(number + 2), row.seq)
            }
            try update.run()
            rest = rest.dropFirst(ComposedStatement.group)
        }
        for row in rest {
            try query("UPDATE roost_job SET state = 3, token = ?, claims = claims + 1, flags = ? WHERE seq = ?")
                .bind(1, row.token).bind(2, row.flags.rawValue).bind(3, row.seq).run()
        }
    }

    /// Jobs of any lane that will not run, soonest expiry first.
    private func endedCandidates(limit: Int) throws -> [Int64] {
        var found: [Int64] = []
        var known: Set<Int64> = []
        func add(_ query: Query) throws {
            for seq in try query.all({ $0.int(0) }) where known.insert(seq).inserted { found.append(seq) }
        }
        try add(query("SELECT seq FROM roost_job WHERE state = 1 AND flags & 16 LIMIT ?").bind(1, limit))
        try add(
            query(
                """
                SELECT seq FROM roost_job WHERE state = 1 AND expires IS NOT NULL AND expires <= ?
                ORDER BY expires, pos LIMIT ?
                """
            ).bind(1, now).bind(2, limit)
        )
        for scope in try Revocations.scopes(self) {
            switch scope {
            case .job(let id):
                try add(query("SELECT seq FROM roost_job WHERE id = ? AND state = 1").bind(1, id))
            case .kind(let kind):
                guard let number = try names.number(kind, db) else { continue }
                try add(
                    query(
                        """
                        SELECT seq FROM roost_job WHERE state = 1 AND kind = ?1 AND queue IN (SELECT id FROM roost_name)
                        ORDER BY pos LIMIT ?2
                        """
                    ).bind(1, number).bind(2, limit)
                )
            }
        }
        return found
    }

    // MARK: Time

    /// Makes scheduled jobs ready whose time has come, a step's worth of them. True if it left some.
    @discardableResult
    func promoteDue() throws -> Bool {
        let due = try query(
            """
            SELECT seq, id, queue, kind, attempt FROM roost_job WHERE state = 0 AND due <= ? ORDER BY due, seq LIMIT ?
            """
        ).bind(1, now).bind(2, StoreLimits.jobsAStep)
            .all { (seq: $0.int(0), id: try $0.id(1), queue: $0.int(2), kind: $0.int(3), attempt: Int($0.int(4))) }
        for job in due {
            try start(job.seq, due: nil)
            changes.append(
                JobChange(
                    job: job.id,
                    kind: try name(job.kind),
                    queue: try name(job.queue),
                    from: .scheduled,
                    to: .ready,
                    attempt: job.attempt
                )
            )
        }
        return due.count == StoreLimits.jobsAStep
    }

    private func nextDue() throws -> Duration? {
        let due = try query("SELECT due FROM roost_job WHERE state = 0 ORDER BY due LIMIT 1").first { $0.time(0) }
        return due.map { max(.zero, $0 - now) }
    }
}

extension Int64 {
    /// The sum, held within the range.
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
