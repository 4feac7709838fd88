import HeapModule

/// The lanes a worker claims from, looked up once and kept while it asks for the same and no lane is new.
struct ClaimPlan {
    let queues: [String]
    let kinds: [String]
    /// The numbers of the lanes, queue by queue.
    let lanes: [[Int]]
}

extension MemoryState {
    private struct Cursor: Comparable {
        let place: LanePlace
        let lane: Int

        static func < (left: Cursor, right: Cursor) -> Bool { left.place < right.place }
    }

    mutating func claim(_ request: ClaimRequest, for worker: WorkerID) -> Claim {
        makeDueReady()
        let token = LeaseToken(nextToken)
        var jobs: [ClaimedJob] = []
        var members: [Int] = []
        if request.limit > 0 {
            switch request.source {
            case .lanes(let queues, let kinds):
                let plan = plan(for: worker, queues: queues, kinds: kinds)
                for lanes in plan.lanes {
                    let isOver = claim(lanes, request, token, into: &jobs, &members)
                    if isOver { break }
                }
            case .endedOnly:
                claimEnded(limit: request.limit, token, into: &jobs, &members)
            }
        }
        if !jobs.isEmpty {
            nextToken += 1
            leases.append(
                MemoryLease(
                    token: token.number,
                    worker: worker,
                    until: uptime + request.lease,
                    members: members,
                    open: jobs.count
                )
            )
        }
        return Claim(token: jobs.isEmpty ? nil : token, jobs: jobs, nextDue: nextDue())
    }

    /// How long until the next scheduled job is due.
    private mutating func nextDue() -> Duration? {
        let next = scheduled.first { [rows] in Self.isDue($0, in: rows) }
        return next.map { max($0.time - now, .zero) }
    }

    private mutating func plan(for worker: WorkerID, queues: [String], kinds: [String]) -> ClaimPlan {
        // Arrays that share their storage compare at once, and a worker asks with the same ones each time.
        if let plan = plans[worker], plan.queues == queues, plan.kinds == kinds { return plan }
        var seen: Set<Int> = []
        let lanes = queues.map { queue in
            kinds.compactMap { laneNumbers[LaneKey(queue: queue, kind: $0)] }.filter { seen.insert($0).inserted }
        }
        let plan = ClaimPlan(queues: queues, kinds: kinds, lanes: lanes)
        plans[worker] = plan
        return plan
    }

    /// Claims from the lanes of one queue, merged. Answers whether the claim is over.
    private mutating func claim(
        _ numbers: [Int],
        _ request: ClaimRequest,
        _ token: LeaseToken,
        into jobs: inout [ClaimedJob],
        _ members: inout [Int]
    ) -> Bool {
        var heads = Heap<Cursor>()
        for lane in numbers where !lanes[lane].isPaused {
            if let place = lanes[lane].head(in: rows, allowsSolo: request.allowsSolo) {
                heads.insert(Cursor(place: place, lane: lane))
            }
        }
        while let head = heads.min {
            if jobs.count >= request.limit { return true }
            let slot = head.place.slot
            let verdict = verdict(of: slot)
            let isSolo = verdict == .run && rows[slot].runsSolo
            if isSolo, !jobs.isEmpty { return true }
            lanes[head.lane].removeHead(head.place)
            jobs.append(handOut(slot, verdict: verdict, isSolo: isSolo, token))
            members.append(slot)
            if isSolo { return true }
            if let next = lanes[head.lane].head(in: rows, allowsSolo: request.allowsSolo) {
                heads.replaceMin(with: Cursor(place: next, lane: head.lane))
            } else {
                heads.removeMin()
            }
        }
        return false
    }

    /// Claims jobs of any lane that will not run.
    private mutating func claimEnded(
        limit: Int,
        _ token: LeaseToken,
        into jobs: inout [ClaimedJob],
        _ members: inout [Int]
    ) {
        while jobs.count < limit, let entry = doomed.first(where: { [rows] in Self.isReady($0, in: rows) }),
            entry.time <= now
        {
            doomed.removeFirst()
            let verdict = verdict(of: entry.slot)
            guard verdict != .run else {
                // A revocation was taken back; its expiry, if it has one, is still to be watched.
                if let expiresAt = rows[entry.slot].facts.expiresAt { markDoomed(entry.slot, from: expiresAt) }
                continue
            }
            jobs.append(handOut(entry.slot, verdict: verdict, isSolo: false, token))
            members.append(entry.slot)
            lanes[rows[entry.slot].lane].compact(in: rows)
        }
        for kind in kindRevocations.map(\.kind) {
            for lane in lanes.indices where lanes[lane].kind == kind {
                while jobs.count < limit, let head = lanes[lane].head(in: rows, allowsSolo: true) {
                    let verdict = verdict(of: head.slot)
                    if verdict == .run { break }
                    lanes[lane].removeHead(head)
                    jobs.append(handOut(head.slot, verdict: verdict, isSolo: false, token))
                    members.append(head.slot)
                }
            }
        }
    }

    /// Puts a job that left its lane into a worker's hands.
    private mutating func handOut(
        _ slot: Int,
        verdict: ClaimedJob.Verdict,
        isSolo: Bool,
        _ token: LeaseToken
    ) -> ClaimedJob {
        if verdict == .revoked { useUpRevocation(of: slot) }
        setState(slot, .running)
        rows[slot].claims += 1
        rows[slot].token = token.number
        if isSolo { rows[slot].flags.insert(.isSolo) } else { rows[slot].flags.remove(.isSolo) }
        let facts = rows[slot].facts
        return ClaimedJob(
            id: rows[slot].id,
            token: token,
            verdict: verdict,
            kind: facts.job.kind,
            queue: facts.job.queue,
            priority: facts.job.priority,
            attempt: rows[slot].attempt,
            failures: rows[slot].failures,
            crashes: rows[slot].crashes,
            claims: rows[slot].claims,
            isSolo: isSolo,
            hasInputs: rows[slot].flags.contains(.hasInputs),
            graph: facts.job.graph,
            payload: rows[slot].payload ?? facts.job.payload,
            options: facts.job.options,
            headers: facts.job.headers,
            enqueuedAt: facts.enqueuedAt,
            readyAt: rows[slot].readyAt ?? facts.enqueuedAt,
            expiresAt: facts.expiresAt
        )
    }
}
