public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    /// How many rows one call reads.
    private static let page = 500

    @concurrent public func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        var found: [JobID: StoredOutcome] = [:]
        for ids in pages(of: jobs) {
            let result = try await database.run(
                database.query(.outcomes) { parameters in
                    parameters.appendArray(of: .uuid) { for id in ids { $0.append(id: id.words) } }
                }
            )
            for row in 0..<result.rowCount {
                let id = try database.read { () throws(PostgresError) in try result.id(row, 0) }
                found[JobID(id)] = try await outcome(result, row, from: 1)
            }
        }
        return jobs.map { found[$0] }
    }

    private func pages(of jobs: [JobID]) -> [ArraySlice<JobID>] {
        stride(from: 0, to: jobs.count, by: Self.page).map { jobs[$0..<min($0 + Self.page, jobs.count)] }
    }

    /// Reads state, lane, attempt, finished_at, output and failure.
    private func outcome(
        _ result: PostgresResult,
        _ row: Int,
        from column: Int
    ) async throws(StoreError) -> StoredOutcome {
        let (state, number, attempt, finished, failure) = try database.read { () throws(PostgresError) in
            (
                try result.int64(row, column), try result.int64(row, column + 1), try result.int64(row, column + 2),
                try result.optionalInt64(row, column + 3), try result.optionalText(row, column + 5)
            )
        }
        return StoredOutcome(
            state: try JobState(code: state),
            output: result.isNull(row, column + 4) ? nil : result.data(row, column + 4),
            failure: failure.map(StoredFailure.decode),
            kind: try await laneName(number).kind,
            attempt: Int(attempt),
            finishedAt: Timestamp(microseconds: finished ?? 0)
        )
    }

    @concurrent public func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        let query = database.query(.inputs) { parameters in
            parameters.append(id: job.words)
            parameters.append(position)
            parameters.append(Int64(max(0, limit)))
        }
        let result = try await database.run(query)
        var inputs: [JobInputRecord] = []
        for row in 0..<result.rowCount {
            let (position, parent) = try database.read { () throws(PostgresError) in
                (try result.int32(row, 0), JobID(try result.id(row, 1)))
            }
            let outcome = result.isNull(row, 2) ? nil : try await outcome(result, row, from: 2)
            inputs.append(JobInputRecord(position: position, parent: parent, outcome: outcome))
        }
        return inputs
    }

    @concurrent public func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        var found: [JobID: JobSnapshot] = [:]
        for ids in pages(of: jobs) {
            let result = try await database.run(
                database.query(.snapshots) { parameters in
                    parameters.appendArray(of: .uuid) { for id in ids { $0.append(id: id.words) } }
                }
            )
            for snapshot in try await snapshots(result) { found[snapshot.id] = snapshot }
        }
        return jobs.map { found[$0] }
    }

    private func snapshots(_ result: PostgresResult) async throws(StoreError) -> [JobSnapshot] {
        var snapshots: [JobSnapshot] = []
        for row in 0..<result.rowCount {
            let lane = try await laneName(try database.read { () throws(PostgresError) in try result.int64(row, 1) })
            snapshots.append(
                try database.read { () throws(PostgresError) in try SnapshotRow(result, row).snapshot(in: lane) }
            )
        }
        return snapshots
    }

    @concurrent public func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        let query = database.query(.attempts) { parameters in
            parameters.append(id: job.words)
            parameters.append(Int64(StoreLimits.attemptsKept))
        }
        let result = try await database.run(query)
        return try database.read { () throws(PostgresError) in
            var attempts: [AttemptRecord] = []
            for row in 0..<result.rowCount {
                attempts.append(
                    AttemptRecord(
                        attempt: Int(try result.int64(row, 0)),
                        failure: StoredFailure.decode(try result.text(row, 1)),
                        worker: try result.optionalInt64(row, 2).map(WorkerID.init),
                        startedAt: try result.optionalInt64(row, 3).map(Timestamp.init(microseconds:)),
                        endedAt: Timestamp(microseconds: try result.int64(row, 4))
                    )
                )
            }
            return attempts
        }
    }

    @concurrent public func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        guard query.limit > 0 else { return [] }
        if query.queue != nil || query.kind != nil { try await learnLanes() }
        guard let sql = ListQuery(query, lanes: lanes).sql else { return [] }
        var parameters = PostgresParameters()
        parameters.append(id: (query.after ?? JobID(high: 0, low: 0)).words)
        parameters.append(Int64(query.limit))
        let result = try await database.run(
            PostgresQuery(database.schema.render(sql), prepared: false, parameters)
        )
        return try await snapshots(result)
    }

    @concurrent public func workers() async throws(StoreError) -> [WorkerSnapshot] {
        let result = try await database.run(database.query(.workers))
        return try database.read { () throws(PostgresError) in
            var workers: [WorkerSnapshot] = []
            for row in 0..<result.rowCount {
                workers.append(
                    WorkerSnapshot(
                        id: WorkerID(try result.int64(row, 0)),
                        registration: WorkerRegistration(
                            name: try result.text(row, 1),
                            host: try result.text(row, 2),
                            process: Int32(truncatingIfNeeded: try result.int64(row, 3)),
                            version: try result.text(row, 4),
                            kinds: try result.texts(row, 5).compactMap(\.self),
                            queues: try result.texts(row, 6).compactMap(\.self),
                            slots: Int(try result.int64(row, 7))
                        ),
                        startedAt: Timestamp(microseconds: try result.int64(row, 8)),
                        heartbeatAt: Timestamp(microseconds: try result.int64(row, 9))
                    )
                )
            }
            return workers
        }
    }
}
