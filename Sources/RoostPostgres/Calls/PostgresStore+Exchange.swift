public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    /// The most jobs that one transaction settles, so that no lock is held for long.
    private static let mostOfSettle = 1000
    /// The most bytes of outputs that it takes, unless one alone has more: the server takes no message of over a gigabyte.
    private static let mostOutput = 64 << 20
    /// The most that one hands out. Measured: 500 take about 4 ms.
    private static let mostOfClaim = 2500

    @concurrent public func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await claimCalls.exchange(request, givingBack: giveBack, by: settleAndClaim)
    }

    /// Gives back what claims may have handed out whose answers were lost.
    @discardableResult
    func giveBack(_ lost: ClaimCalls.Lost, of worker: WorkerID) async throws(StoreError) -> [JobChange] {
        try await step(.disown) { parameters in
            parameters.append(worker.number)
            parameters.append(Int64(lost.number))
            parameters.append(lost.after.number)
            parameters.appendArray(of: .int8) { for token in lost.known { $0.append(token.number) } }
        }.changes
    }

    /// - Parameter call: where it claims, as which of the worker's claims.
    func settleAndClaim(
        _ request: Exchange,
        as call: ClaimCalls.Call? = nil
    ) async throws(StoreError) -> ExchangeAnswer {
        var answer = ExchangeAnswer(now: time.now)
        let claim = call.flatMap { call in request.claim.map { (request: $0, call: call) } }
        var rest = request.settle[...]
        while true {
            let part = Self.firstPart(of: rest)
            guard part.count < rest.count else { break }
            answer.add(try await exchangeOnce(Array(part), for: request.worker))
            rest = rest.dropFirst(part.count)
        }
        answer.add(try await exchangeOnce(Array(rest), claim, for: request.worker))
        // There are lanes that were not known, and are now.
        var tries = 0
        while let found = answer.claim, found.jobs.isEmpty, found.isCut {
            tries += 1
            guard tries < 10 else { throw StoreError(.corrupt, "\(name) counts more lanes than it names") }
            answer.add(try await exchangeOnce([], claim, for: request.worker))
        }
        if let token = answer.claim?.token {
            answer.claim?.followsOther = claimCalls.followsOther(request.worker, token)
        }
        return answer
    }

    /// What one transaction settles.
    static func firstPart(of items: ArraySlice<SettleItem>) -> ArraySlice<SettleItem> {
        var bytes = 0
        let part = items.prefix(mostOfSettle).prefix { item in
            if case .succeeded(let output) = item.end { bytes += output?.count ?? 0 }
            return bytes <= mostOutput
        }
        return part.isEmpty ? items.prefix(1) : part
    }

    /// The settles of a call, then its claim, in one transaction and one round trip.
    private func exchangeOnce(
        _ items: [SettleItem],
        _ claim: (request: ClaimRequest, call: ClaimCalls.Call)? = nil,
        for worker: WorkerID
    ) async throws(StoreError) -> ExchangeAnswer {
        let settles = items.isEmpty ? nil : try SettleRows(items)
        let claim = claim.map { ClaimCall($0.request, as: $0.call, self) }
        let sender = wakeUps.senderOfCall()
        var queries: [PostgresQuery] = []
        if let settles {
            queries.append(
                database.query(.settle) { parameters in
                    parameters.append(database.now)
                    // The last statement of the transaction tells.
                    parameters.append(claim == nil ? sender : nil)
                    parameters.append(worker.number)
                    settles.append(to: &parameters)
                }
            )
        }
        if let claim {
            queries.append(database.query(.promote) { $0.append(database.now) })
            queries.append(claim.query(for: worker, places: claim.begin()))
            queries.append(
                database.query(.afterClaim) { parameters in
                    parameters.append(database.now)
                    parameters.append(sender)
                }
            )
        }
        guard !queries.isEmpty else { return ExchangeAnswer(now: time.now) }
        // Whatever becomes of it, the claim is over once, and passes by what it handed out.
        var last: [Int64: LanePlace] = [:]
        defer { claim?.end(last) }
        // What was claimed is never claimed again by the same call: its reply may have been lost.
        let results = try await database.run(queries, resend: claim == nil ? .safe : .never)
        return try await read(results, settles, claim, told: sender != nil, &last)
    }

    private func read(
        _ results: [PostgresResult],
        _ settles: SettleRows?,
        _ claim: ClaimCall?,
        told: Bool,
        _ last: inout [Int64: LanePlace]
    ) async throws(StoreError) -> ExchangeAnswer {
        var answer = ExchangeAnswer(now: time.now)
        var news = ""
        if let settles {
            let result = results[0]
            let rows = try database.read { () throws(PostgresError) in
                answer.settled = try settles.answers(result)
                news = try result.text(0, 0)
                answer.now = Timestamp(microseconds: try result.int64(0, 1))
                answer.hasMore = try result.bool(0, 3)
                return try ChangeRows(result)
            }
            answer.changes = try await changes(rows)
        }
        if let claim {
            let tail = results[results.count - 1]
            let rows = try database.read { () throws(PostgresError) in
                (try ClaimRows(results[results.count - 2]), try ChangeRows(results[results.count - 3]))
            }
            answer.changes += try await changes(rows.1)
            answer.claim = try await read(rows.0, tail, claim)
            news = try database.read { () throws(PostgresError) in
                // A claim of what has ended passes no job by.
                if case .lanes = claim.request.source { last = try rows.0.lastPlaces() }
                answer.now = Timestamp(microseconds: try tail.int64(0, 0))
                return try tail.text(0, 3)
            }
        }
        wakeUps.answered(news, told: told)
        if claim != nil { lookBackIfDue() }
        return answer
    }

    private func read(
        _ rows: ClaimRows,
        _ tail: PostgresResult,
        _ call: ClaimCall
    ) async throws(StoreError) -> Claim {
        let (now, due, newestLane, isCut, token) = try database.read { () throws(PostgresError) in
            (
                try tail.int64(0, 0), try tail.optionalInt64(0, 1), try tail.optionalInt64(0, 2), try rows.isCut,
                try rows.token
            )
        }
        var claim = Claim(token: token, nextDue: due.map { .microseconds(max(0, $0 - now)) }, isCut: isCut)
        claim.jobs.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let number = try database.read { () throws(PostgresError) in try rows.lane(row) }
            let lane = try await laneName(number)
            claim.jobs.append(try database.read { () throws(PostgresError) in try rows.job(row, in: lane) })
        }
        if call.isLimited, rows.count == call.limit { claim.isCut = true }
        // Some lane is new, so that nothing was handed out: it is learnt, and then claimed from as well.
        if case .lanes = call.request.source, let newestLane, newestLane > call.newestLane {
            if newestLane > lanes.newest { try await learnLanes() }
            claim.isCut = true
        }
        return claim
    }

    /// One claim on its way.
    struct ClaimCall {
        let request: ClaimRequest
        let limit: Int
        private let call: ClaimCalls.Call
        private let store: PostgresStore
        private let lanes: (numbers: [Int64], groups: [Int32])
        /// The newest that was known when it was sent.
        let newestLane: Int64

        init(_ request: ClaimRequest, as call: ClaimCalls.Call, _ store: PostgresStore) {
            self.request = request
            self.call = call
            self.store = store
            self.newestLane = store.lanes.newest
            self.limit = max(0, min(request.limit, PostgresStore.mostOfClaim))
            if case .lanes(let queues, let kinds) = request.source {
                lanes = store.lanes.lanes(queues: queues, kinds: kinds)
            } else {
                lanes = ([], [])
            }
        }

        /// Whether it asks for less than it was asked for.
        var isLimited: Bool { request.limit > limit }

        /// From where in each lane it looks.
        func begin() -> [LanePlace] {
            if store.looks.beginClaim(allowsSolo: request.allowsSolo) { store.wakeUps.forgetPlaces() }
            return store.wakeUps.beginClaim(lanes.numbers)
        }

        func end(_ last: [Int64: LanePlace]) {
            store.wakeUps.endClaim(last)
        }

        func query(for worker: WorkerID, places: [LanePlace]) -> PostgresQuery {
            let lease = StoredDuration.microseconds(request.lease)
            guard case .lanes = request.source else {
                return store.database.query(.claimEnded) { parameters in
                    parameters.append(store.database.now)
                    parameters.append(store.database.uptime)
                    parameters.append(worker.number)
                    parameters.append(Int64(call.number))
                    parameters.append(call.after.number)
                    parameters.append(Int32(clamping: limit))
                    parameters.append(lease)
                }
            }
            return store.database.query(.claim) { parameters in
                parameters.append(store.database.now)
                parameters.append(store.database.uptime)
                parameters.append(worker.number)
                parameters.append(Int64(call.number))
                parameters.append(call.after.number)
                parameters.append(Int32(clamping: limit))
                parameters.append(lease)
                parameters.append(request.allowsSolo)
                parameters.appendArray(of: .int8) { for number in lanes.numbers { $0.append(number) } }
                parameters.appendArray(of: .int4) { for group in lanes.groups { $0.append(group) } }
                parameters.append(newestLane)
                parameters.appendArray(of: .int4) { for place in places { $0.append(place.prio) } }
                parameters.appendArray(of: .int8) { for place in places { $0.append(place.rank) } }
                parameters.appendArray(of: .int8) { for place in places { $0.append(place.pos) } }
            }
        }
    }
}

extension ExchangeAnswer {
    /// Takes in what the next transaction of the same call answered.
    fileprivate mutating func add(_ part: ExchangeAnswer) {
        settled += part.settled
        changes += part.changes
        claim = part.claim ?? claim
        hasMore = hasMore || part.hasMore
        now = part.now
    }
}
