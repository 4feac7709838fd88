import RoostCore

/// Two stores and what is known of both: which jobs are held, under which tokens.
final class DifferentialRun {
    /// A job that both stores handed out, with the token each gave.
    private struct Held {
        let job: JobID
        let worker: Int
        let tokens: [LeaseToken]
    }

    private let stores: [any JobStore]
    private let time: TestTimeSource
    private var workers: [[WorkerID]] = []
    private var held: [Held] = []
    private var settled: [Held] = []
    private var known: [JobID] = []

    init(first: any JobStore, second: any JobStore, time: TestTimeSource) {
        self.stores = [first, second]
        self.time = time
    }

    func close() async {
        for store in stores { await store.close() }
    }

    func firstDifference(
        in calls: [StoreOperation],
        lookingEvery interval: Int
    ) async throws -> (step: Int, message: String)? {
        for store in stores {
            var ids: [WorkerID] = []
            for number in 0..<2 { ids.append(try await store.register(WorkerRegistration(name: "\(number)"))) }
            workers.append(ids)
        }
        for (step, call) in calls.enumerated() {
            let answers = try await make(call)
            if answers[0] != answers[1] {
                return (step, "the first answered\n    \(answers[0])\nand the second\n    \(answers[1])")
            }
            guard step % interval == interval - 1 || step == calls.count - 1 else { continue }
            var views: [[String]] = []
            for side in 0..<2 {
                views.append(try await view(side, withAttempts: step % 20 == 19 || step == calls.count - 1))
            }
            for (first, second) in zip(views[0], views[1]) where first != second {
                return (step, "the first shows\n    \(first)\nand the second\n    \(second)")
            }
            if views[0].count != views[1].count { return (step, "\(views[0].count) lines against \(views[1].count)") }
        }
        return nil
    }

    // MARK: Calls

    /// Makes the call of both stores, and tells their answers in words that can be compared.
    private func make(_ call: StoreOperation) async throws -> [String] {
        switch call {
        case .enqueue(let batch):
            known += batch.jobs.map(\.id)
            return try await both { side in
                let answer = try await self.stores[side].enqueue(batch)
                return "\(answer.items) \(self.text(answer.changes))"
            }
        case .claim(let worker, let request):
            return try await exchange(worker: worker, items: [], claim: request)
        case .settle(let pick, let count, let end, let started, let added, let claim):
            known += added?.jobs.map(\.id) ?? []
            return try await settle(pick: pick, count: count, end: end, started: started, added: added, claim: claim)
        case .resettle(let pick, let end):
            guard !settled.isEmpty else { return ["", ""] }
            return try await exchange(
                worker: 0,
                items: [(settled[pick % settled.count], end, time.now, nil)],
                claim: nil
            )
        case .extend(let worker):
            return try await extend(worker)
        case .pass(let duration):
            time.advance(by: duration)
            return try await both { side in
                var changes: [JobChange] = []
                var step = Advance(hasMore: true)
                while step.hasMore {
                    step = try await self.stores[side].advance()
                    changes += step.changes
                }
                return self.text(changes)
            }
        case .reclaim:
            return try await both { side in
                let step = try await self.stores[side].reclaim()
                return "\(self.text(step.changes)) \(step.hasMore)"
            }
        case .prune:
            return try await both { side in "\(try await self.stores[side].prune())" }
        case .perform(let request):
            return try await both { side in
                let answer = try await self.stores[side].perform(request)
                return "\(answer.result) \(self.text(answer.changes)) \(answer.hasMore)"
            }
        case .retire(let worker):
            return try await both { side in
                let changes = try await self.stores[side].retire(self.workers[side][worker])
                self.workers[side][worker] = try await self.stores[side].register(WorkerRegistration(name: "\(worker)"))
                return self.text(changes)
            }
        }
    }

    private func both(_ body: (_ side: Int) async throws -> String) async throws -> [String] {
        var answers: [String] = []
        for side in 0..<2 {
            do {
                answers.append(try await body(side))
            } catch let error as StoreError where error.code == .rejected {
                // Which of several jobs at fault is named is up to the store.
                answers.append("rejected")
            }
        }
        return answers
    }

    private func settle(
        pick: Int,
        count: Int,
        end: JobEnd,
        started: Bool,
        added: EnqueueBatch?,
        claim: ClaimRequest?
    ) async throws -> [String] {
        var items: [(Held, JobEnd, Timestamp?, EnqueueBatch?)] = []
        for _ in 0..<min(count, held.count) {
            let job = held.remove(at: pick % held.count)
            settled.append(job)
            items.append((job, end, started ? time.now : nil, items.isEmpty ? added : nil))
        }
        return try await exchange(worker: items.first?.0.worker ?? 0, items: items, claim: claim)
    }

    private func exchange(
        worker: Int,
        items: [(Held, JobEnd, Timestamp?, EnqueueBatch?)],
        claim request: ClaimRequest?
    ) async throws -> [String] {
        var claims: [Claim] = []
        let answers = try await both { side in
            let settle = items.map {
                SettleItem(job: $0.0.job, token: $0.0.tokens[side], end: $0.1, startedAt: $0.2, added: $0.3)
            }
            let answer = try await self.stores[side].exchange(
                Exchange(worker: self.workers[side][worker], settle: settle, claim: request)
            )
            if var claim = answer.claim {
                if request?.source == .endedOnly { claim.jobs.sort { $0.id < $1.id } }
                claims.append(claim)
            }
            return "\(answer.settled) \(self.text(answer.changes)) \(answer.hasMore) \(answer.now) "
                + self.text(claims.count > side ? claims[side] : nil)
        }
        guard claims.count == 2, claims[0].jobs.map(\.id) == claims[1].jobs.map(\.id) else { return answers }
        for (first, second) in zip(claims[0].jobs, claims[1].jobs) {
            held.removeAll { $0.job == first.id }
            held.append(Held(job: first.id, worker: worker, tokens: [first.token, second.token]))
        }
        return answers
    }

    private func extend(_ worker: Int) async throws -> [String] {
        let mine = held.filter { $0.worker == worker }
        return try await both { side in
            var seen: [LeaseToken] = []
            for job in mine where !seen.contains(job.tokens[side]) { seen.append(job.tokens[side]) }
            let answer = try await self.stores[side].extend(seen, of: self.workers[side][worker], by: .seconds(30))
            let lost = seen.indices.filter { answer.lost.contains(seen[$0]) }
            return "lost \(lost) cancelled \(answer.cancelled.sorted())"
        }
    }

    // MARK: Words

    /// All that the store shows, a line each.
    private func view(_ side: Int, withAttempts: Bool) async throws -> [String] {
        var lines: [String] = []
        for (id, snapshot) in zip(known, try await stores[side].snapshots(of: known)) {
            lines.append(snapshot.map { text($0, side) } ?? "no job \(id.high)")
        }
        for lane in try await stores[side].counts() {
            let states = JobState.allCases.map { "\($0) \(lane.byState[$0] ?? 0)" }.joined(separator: " ")
            lines.append(
                "\(lane.queue)/\(lane.kind): \(states) \(String(describing: lane.oldestReadyAt)) \(lane.isPaused)"
            )
        }
        guard withAttempts else { return lines }
        lines.append("\(try await stores[side].list(JobQuery(limit: 10_000)).map(\.id.high))")
        for id in known {
            for record in try await stores[side].attempts(of: id) {
                lines.append("attempt \(id.high) \(record.attempt) \(record.failure.reason) \(record.endedAt)")
            }
            for input in try await stores[side].inputs(of: id, from: 0, limit: 100) {
                let outcome = input.outcome.map { "\($0.state) \(String(describing: $0.output)) \($0.attempt)" }
                lines.append("input \(id.high) \(input.position) \(input.parent.high) \(outcome ?? "none")")
            }
        }
        return lines
    }

    private func text(_ job: JobSnapshot, _ side: Int) -> String {
        var parts = [
            "\(job.id.high) \(job.queue)/\(job.kind) \(job.state) priority \(job.priority)",
            "attempt \(job.attempt) failures \(job.failures) crashes \(job.crashes) claims \(job.claims)",
            "enqueued \(job.enqueuedAt)",
        ]
        if job.token != nil { parts.append("held by \(job.worker.flatMap { workers[side].firstIndex(of: $0) } ?? -1)") }
        if job.cancelRequested { parts.append("cancel requested") }
        if let due = job.dueAt { parts.append("due \(due)") }
        if job.state == .waiting { parts.append("open \(job.openEdges)") }
        if job.state == .ready, let ready = job.readyAt { parts.append("ready \(ready)") }
        if job.state.isFinished {
            parts.append(
                "started \(job.startedAt.map { "\($0)" } ?? "not") finished \(job.finishedAt.map { "\($0)" } ?? "not")"
            )
        }
        parts.append("payload \(job.payload.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "gone")")
        if let output = job.output { parts.append("output \(String(decoding: output, as: UTF8.self))") }
        if let failure = job.failure { parts.append("\(failure.reason)") }
        return parts.joined(separator: ", ")
    }

    private func text(_ changes: [JobChange]) -> String {
        // The order within one call is not promised.
        let sorted = changes.sorted { ($0.job, $0.to.rawValue) < ($1.job, $1.to.rawValue) }
        return sorted.map { "\($0.job.high):\($0.from)->\($0.to)(\($0.reason.map { "\($0)" } ?? ""),\($0.attempt))" }
            .joined(separator: " ")
    }

    private func text(_ claim: Claim?) -> String {
        guard let claim else { return "no claim" }
        let jobs = claim.jobs.map {
            "\($0.id.high) \($0.verdict) attempt \($0.attempt) claims \($0.claims) crashes \($0.crashes) "
                + "solo \($0.isSolo) inputs \($0.hasInputs) ready \($0.readyAt)"
        }
        return "claimed [\(jobs.joined(separator: "; "))] next \(claim.nextDue.map { "\($0)" } ?? "none")"
    }
}
