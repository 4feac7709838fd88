public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    @concurrent public func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        // Drawn here, so that none is given out twice; not beyond what every reader of JSON can hold.
        let id = WorkerID(Int64(JobID().words.low & (1 << 53 - 1)))
        let query = database.query(.register) { parameters in
            parameters.append(database.now)
            parameters.append(id.number)
            parameters.append(worker.name.withoutZeros)
            parameters.append(worker.host.withoutZeros)
            parameters.append(Int64(worker.process))
            parameters.append(worker.version.withoutZeros)
            parameters.appendArray(of: .text) { for kind in worker.kinds { $0.append(kind.withoutZeros) } }
            parameters.appendArray(of: .text) { for queue in worker.queues { $0.append(queue.withoutZeros) } }
            parameters.append(Int64(worker.slots))
        }
        _ = try await database.run(query)
        return id
    }

    @concurrent public func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        let left = try await step(.retire) { $0.append(worker.number) }
        claimCalls.forget(worker)
        return left.changes
    }

    @concurrent public func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        let query = database.query(.extend) { parameters in
            parameters.append(database.now)
            parameters.append(database.uptime)
            parameters.append(worker.number)
            parameters.appendArray(of: .int8) { for token in tokens { $0.append(token.number) } }
            parameters.append(StoredDuration.microseconds(lease))
        }
        let result = try await database.run(query, isUrgent: true)
        return try database.read { () throws(PostgresError) in
            LeaseExtension(
                lost: try result.int64s(0, 0).map(LeaseToken.init),
                cancelled: try result.ids(0, 1).map { JobID($0) }
            )
        }
    }

    @concurrent public func reclaim() async throws(StoreError) -> Advance {
        try await step(.reclaim, measuresLeases: true)
    }

    @concurrent public func advance() async throws(StoreError) -> Advance {
        try await step(.advance)
    }

    /// A call that changes jobs which it is not told of.
    ///
    /// - Parameter fill: with what comes after the time and the sender.
    func step(
        _ statement: Statement,
        measuresLeases: Bool = false,
        _ fill: (inout PostgresParameters) -> Void = { _ in }
    ) async throws(StoreError) -> Advance {
        let sender = wakeUps.senderOfCall()
        let query = database.query(statement) { parameters in
            parameters.append(database.now)
            if measuresLeases { parameters.append(database.uptime) }
            parameters.append(sender)
            fill(&parameters)
        }
        let result = try await database.run(query)
        let (news, hasMore, rows) = try database.read { () throws(PostgresError) in
            (try result.text(0, 0), try result.bool(0, 1), try ChangeRows(result))
        }
        wakeUps.answered(news, told: sender != nil)
        return Advance(changes: try await changes(rows), hasMore: hasMore)
    }

    @concurrent public func prune() async throws(StoreError) -> Int {
        let result = try await database.run(database.query(.prune) { $0.append(database.now) })
        return Int(try database.read { () throws(PostgresError) in try result.int64(0, 0) })
    }
}
