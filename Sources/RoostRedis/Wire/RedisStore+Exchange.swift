public import RoostCore
import RoostRedisClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RedisStore {
    /// The most jobs that one claim hands out, so that no other client waits for long. Measured: 500 take about 1 ms of the
    /// server's time.
    static let mostOfClaim = 2500

    @concurrent public func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await claimCalls.exchange(request, givingBack: giveBack, by: settleAndClaim)
    }

    /// Gives back what claims may have handed out whose answers were lost.
    @discardableResult
    func giveBack(_ lost: ClaimCalls.Lost, of worker: WorkerID) async throws(StoreError) -> [JobChange] {
        let reply = try await namespace.run(Scripts.disown, resend: .safe) { arguments in
            arguments.append(worker.number)
            arguments.append(lost.number)
            arguments.append(lost.after.number)
            for token in lost.known { arguments.append(token.number) }
        }
        return try await changes(reply.bytes)
    }

    /// - Parameter call: where it claims, as which of the worker's claims.
    func settleAndClaim(
        _ request: Exchange,
        as call: ClaimCalls.Call? = nil
    ) async throws(StoreError) -> ExchangeAnswer {
        let claim = request.claim.flatMap { claim in call.map { (claim, $0) } }
        return try await namespace.inOneEpoch { epoch throws(StoreError) -> ExchangeAnswer in
            let prepared = try await PreparedExchange(request, self, in: epoch)
            var answer = try await exchange(prepared, claim: claim, in: epoch)
            // Some lane is new: it is learnt, and then claimed from as well.
            var tries = 0
            while claim != nil, answer.claim == nil {
                tries += 1
                guard tries < 10 else { throw StoreError(.corrupt, "\(name) counts more lanes than it names") }
                try await nameLanes()
                let rest = try await PreparedExchange(Exchange(worker: request.worker), self, in: epoch)
                let part = try await exchange(rest, claim: claim, in: epoch)
                answer.changes += part.changes
                answer.claim = part.claim
                answer.hasMore = answer.hasMore || part.hasMore
                answer.now = part.now
            }
            return answer
        }
    }

    private func exchange(
        _ prepared: PreparedExchange,
        claim: (ClaimRequest, ClaimCalls.Call)?,
        in epoch: [UInt8]
    ) async throws(StoreError) -> ExchangeAnswer {
        // What was claimed is never claimed again by the same call: its reply may have been lost.
        let reply = try await namespace.runOnce(
            Scripts.exchange,
            in: epoch,
            resend: claim == nil ? .safe : .never
        ) { arguments in
            prepared.append(to: &arguments)
            if let (claim, call) = claim { append(claim, call, for: prepared.worker, to: &arguments) }
        }
        guard let parts = reply.array, parts.count == 6 || parts.count == 5, let settled = parts[0].bytes,
            settled.count == prepared.places.count, let hasMore = parts[2].integer, let now = parts[3].integer
        else { throw namespace.broken("an exchange", reply) }
        var answers = [SettleAnswer](repeating: .stale, count: settled.count)
        for (place, code) in zip(prepared.places, settled) {
            answers[place] = code == 0 ? .applied : code == 1 ? .already : .stale
        }
        var answer = ExchangeAnswer(
            settled: answers,
            changes: try await changes(parts[1].bytes),
            hasMore: hasMore == 1,
            now: Timestamp(microseconds: now)
        )
        if let (claim, _) = claim, parts.count == 6, let values = parts[5].array {
            answer.claim = try await readClaim(values, request: claim, now: answer.now)
        }
        return answer
    }

    private func append(
        _ claim: ClaimRequest,
        _ call: ClaimCalls.Call,
        for worker: WorkerID,
        to arguments: inout RedisCommand
    ) {
        arguments.append(lanes.count)
        var number: [UInt8] = []
        number.append(number: worker.number)
        arguments.append(number)
        arguments.append(min(claim.limit, Self.mostOfClaim))
        arguments.append(max(0, min(claim.lease.wholeMicroseconds, NewRow.forever)))
        arguments.append(claim.allowsSolo)
        arguments.append(call.number)
        arguments.append(call.after.number)
        switch claim.source {
        case .endedOnly: arguments.append(-1)
        case .lanes(let queues, let kinds):
            arguments.append(queues.count)
            var seen: Set<UInt32> = []
            for queue in queues {
                let numbers = lanes.numbers(queue: queue, kinds: kinds).filter { seen.insert($0).inserted }
                arguments.append(numbers.count)
                for number in numbers { arguments.append(Int(number)) }
            }
        }
    }

    private func readClaim(
        _ values: [RedisValue],
        request: ClaimRequest,
        now: Timestamp
    ) async throws(StoreError) -> Claim {
        guard values.count >= 6, let ids = values[1].bytes, let verdicts = values[2].bytes,
            let laneNumbers = values[3].bytes, let alone = values[4].integer, let rows = values[5].array,
            ids.count == rows.count * 16, verdicts.count == rows.count, laneNumbers.count == rows.count * 4
        else { throw namespace.broken("a claim", .array(values)) }
        var claim = Claim()
        if values.count > 6, let due = values[6].text.flatMap(Double.init) {
            claim.nextDue = max(Timestamp(microseconds: Int64(min(due, 9.2e18))) - now, .zero)
        }
        guard let token = values[0].text.flatMap({ Int64($0) }).map(LeaseToken.init), !rows.isEmpty else {
            return claim
        }
        claim.token = token
        claim.followsOther = values.count > 7 && values[7].integer == 1
        claim.isCut = rows.count == Self.mostOfClaim && request.limit > rows.count
        claim.jobs.reserveCapacity(rows.count)
        var plain: [(JobID, PlainClaim)] = []
        plain.reserveCapacity(rows.count)
        var idReader = ByteReader(ids)
        var laneReader = ByteReader(laneNumbers)
        for (index, row) in rows.enumerated() {
            let id = try idReader.id()
            let lane = try await laneName(try laneReader.number(UInt32.self))
            let bytes = row.bytes ?? []
            do throws(StoreError) {
                let stored = try StoredRow(bytes)
                var job = try claimedJob(id, stored, token: token, lane: lane)
                job.verdict = try ClaimedJob.Verdict(code: verdicts[index])
                job.isSolo = alone == 1
                claim.jobs.append(job)
                if let fast = PlainClaim(bytes, stored, token: token, index: index) { plain.append((id, fast)) }
            } catch {
                // One bad row never blocks a batch (invariant 11): it is handed out to be ended.
                claim.jobs.append(
                    ClaimedJob(
                        id: id,
                        token: token,
                        verdict: .unreadable,
                        kind: lane.kind,
                        queue: lane.queue,
                        enqueuedAt: now,
                        readyAt: now
                    )
                )
            }
        }
        claimed.add(plain)
        return claim
    }

    private func claimedJob(
        _ id: JobID,
        _ row: StoredRow,
        token: LeaseToken,
        lane: LaneName
    ) throws(StoreError) -> ClaimedJob {
        ClaimedJob(
            id: id,
            token: token,
            kind: lane.kind,
            queue: lane.queue,
            priority: row.priority,
            attempt: row.attempt,
            failures: row.failures,
            crashes: row.crashes,
            claims: row.claims + 1,
            hasInputs: row.flags.contains(.hasInputs),
            graph: row.graph,
            payload: Payload(codec: row.codec, keyID: row.keyID, bytes: row.payload ?? Data()),
            options: row.options,
            headers: try row.readHeaders(),
            enqueuedAt: row.enqueuedAt,
            readyAt: row.time ?? row.enqueuedAt,
            expiresAt: row.expiresAt
        )
    }
}

/// The settle part of a call, with plain jobs apart.
private struct PreparedExchange {
    /// Plain jobs that were claimed together, from one lane, and are kept equally long.
    private struct Group: Hashable {
        let token: LeaseToken
        let lane: UInt32
        let retention: ArraySlice<UInt8>
    }

    private struct Plain {
        var numbers: [UInt8] = []
        var ids: [UInt8] = []
        var rows: [[UInt8]] = []
        var places: [Int] = []
    }

    let worker: WorkerID
    /// The place of each answer among the items.
    private(set) var places: [Int] = []
    private var groups: [Group] = []
    private var plain: [Plain] = []
    private var others: [PreparedItem] = []

    init(_ request: Exchange, _ store: RedisStore, in epoch: [UInt8]) async throws(StoreError) {
        worker = request.worker
        guard !request.settle.isEmpty else { return }
        var placesOfOthers: [Int] = []
        for (place, (item, claim)) in zip(request.settle, store.claimed.take(request.settle)).enumerated() {
            if let claim, case .succeeded(let output) = item.end {
                add(item, claim, claim.succeeded(output: output, startedAt: item.startedAt), place: place)
            } else {
                placesOfOthers.append(place)
                others.append(try await Self.prepare(item, store, in: epoch))
            }
        }
        for group in plain { places += group.places }
        places += placesOfOthers
    }

    private mutating func add(_ item: SettleItem, _ claim: PlainClaim, _ row: [UInt8], place: Int) {
        let group = Group(token: item.token, lane: claim.lane, retention: claim.retention)
        // Nearly always the same as that of the item before.
        let index = groups.last == group ? groups.count - 1 : groups.firstIndex(of: group) ?? groups.count
        if index == groups.count {
            groups.append(group)
            plain.append(Plain())
        }
        plain[index].numbers.append(number: claim.index)
        plain[index].ids.append(id: item.job)
        plain[index].rows.append(row)
        plain[index].places.append(place)
    }

    private static func prepare(
        _ item: SettleItem,
        _ store: RedisStore,
        in epoch: [UInt8]
    ) async throws(StoreError) -> PreparedItem {
        guard let added = item.added, case .succeeded = item.end else { return try PreparedItem(item) }
        do throws(StoreError) {
            try StoreRules.validate(added)
            return try PreparedItem(item, addition: .batch(try await store.prepare(added, in: epoch)))
        } catch {
            guard error.code == .rejected else { throw error }
            return try PreparedItem(item, addition: .rejected(error.message))
        }
    }

    func append(to arguments: inout RedisCommand) {
        arguments.append(groups.count)
        for (group, jobs) in zip(groups, plain) {
            arguments.append(group.token.number)
            arguments.append(Int(group.lane))
            arguments.append(group.retention)
            arguments.append(jobs.rows.count)
            arguments.append(jobs.numbers)
            arguments.append(jobs.ids)
            for row in jobs.rows { arguments.append(row) }
        }
        arguments.append(others.count)
        for item in others { arguments.append(item) }
    }
}
