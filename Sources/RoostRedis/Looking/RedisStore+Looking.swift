public import RoostCore
import RoostRedisClient

extension RedisStore {
    /// How many rows one call reads.
    private static let page = 500

    @concurrent public func outcomes(of jobs: [JobID]) async throws(StoreError) -> [StoredOutcome?] {
        var outcomes: [StoredOutcome?] = []
        outcomes.reserveCapacity(jobs.count)
        for start in stride(from: 0, to: jobs.count, by: Self.page) {
            var command = RedisCommand("MGET")
            for job in jobs[start..<min(start + Self.page, jobs.count)] { command.append(namespace.key("j:", job)) }
            let replies = try await namespace.pipeline([command])
            guard let rows = replies.first?.array else { throw namespace.broken("outcomes", replies.first ?? .null) }
            for row in rows { outcomes.append(try await outcome(row.bytes)) }
        }
        return outcomes
    }

    /// nil for one that has not ended, or cannot be read: one row must not keep the others from whoever looks for them.
    private func outcome(_ bytes: [UInt8]?) async throws(StoreError) -> StoredOutcome? {
        guard let bytes, let row = try? StoredRow(bytes), row.state.isFinished,
            let lane = try await knownLaneName(row.lane)
        else { return nil }
        return try? row.outcome(kind: lane.kind)
    }

    @concurrent public func snapshots(of jobs: [JobID]) async throws(StoreError) -> [JobSnapshot?] {
        var snapshots: [JobSnapshot?] = []
        snapshots.reserveCapacity(jobs.count)
        for start in stride(from: 0, to: jobs.count, by: Self.page) {
            let ids = jobs[start..<min(start + Self.page, jobs.count)]
            let reply = try await namespace.run(Scripts.look, resend: .safe) { arguments in
                for id in ids { arguments.append(id) }
            }
            guard let values = reply.array, values.count == ids.count * 3 else {
                throw namespace.broken("a look", reply)
            }
            for (index, id) in ids.enumerated() {
                snapshots.append(
                    try await snapshot(
                        id,
                        row: values[index * 3].bytes,
                        token: values[index * 3 + 1].text ?? "",
                        worker: values[index * 3 + 2].bytes ?? []
                    )
                )
            }
        }
        return snapshots
    }

    /// - Parameter token: empty where the job does not run.
    private func snapshot(
        _ id: JobID,
        row bytes: [UInt8]?,
        token: String,
        worker: [UInt8]
    ) async throws(StoreError) -> JobSnapshot? {
        guard let bytes, let row = try? StoredRow(bytes), let lane = try await knownLaneName(row.lane) else {
            return nil
        }
        let isRunning = !token.isEmpty
        let holder =
            isRunning
            ? try? {
                var reader = ByteReader(worker)
                return try reader.number(Int64.self)
            }() : nil
        return JobSnapshot(
            id: id,
            kind: lane.kind,
            queue: lane.queue,
            state: isRunning ? .running : row.state,
            priority: row.priority,
            attempt: row.attempt,
            failures: row.failures,
            crashes: row.crashes,
            claims: row.claims + (isRunning ? 1 : 0),
            graph: row.graph,
            token: isRunning ? Int64(token).map(LeaseToken.init) : nil,
            worker: holder.flatMap { $0 < 0 ? nil : WorkerID($0) },
            cancelRequested: row.flags.contains(.cancelRequested),
            openEdges: row.state == .waiting ? row.openEdges : 0,
            enqueuedAt: row.enqueuedAt,
            dueAt: row.state == .scheduled ? row.time : nil,
            readyAt: row.readyAt,
            expiresAt: row.expiresAt,
            startedAt: row.startedAt,
            finishedAt: row.finishedAt,
            payload: row.payload.map { Payload(codec: row.codec, keyID: row.keyID, bytes: $0) },
            headers: (try? row.readHeaders()) ?? [:],
            enqueuedBy: row.enqueuedBy.map { String(decoding: $0, as: UTF8.self) } ?? "",
            output: row.output,
            failure: row.state.isFinished ? try? row.readFailure() : nil
        )
    }

    @concurrent public func attempts(of job: JobID) async throws(StoreError) -> [AttemptRecord] {
        var command = RedisCommand("LRANGE")
        command.append(namespace.key("a:", job))
        command.append(0)
        command.append(-1)
        let replies = try await namespace.pipeline([command])
        guard let entries = replies.first?.array else { throw namespace.broken("attempts", replies.first ?? .null) }
        var attempts: [AttemptRecord] = []
        for entry in entries {
            var reader = ByteReader(entry.bytes ?? [])
            let number = try reader.count()
            let worker = try reader.number(Int64.self)
            let startedAt = try reader.time()
            let endedAt = try reader.time()
            attempts.append(
                AttemptRecord(
                    attempt: number,
                    failure: try StoredFailure.decode(try reader.slice(reader.rest)),
                    worker: worker < 0 ? nil : WorkerID(worker),
                    startedAt: startedAt == .distantPast ? nil : startedAt,
                    endedAt: endedAt
                )
            )
        }
        return attempts
    }

    @concurrent public func inputs(
        of job: JobID,
        from position: Int32,
        limit: Int
    ) async throws(StoreError) -> [JobInputRecord] {
        let reply = try await namespace.run(Scripts.inputs, resend: .safe) { arguments in
            arguments.append(job)
            arguments.append(Int(position))
            arguments.append(max(limit, 0))
        }
        guard let values = reply.array, values.count.isMultiple(of: 2) else { throw namespace.broken("inputs", reply) }
        var inputs: [JobInputRecord] = []
        for index in stride(from: 0, to: values.count, by: 2) {
            var reader = ByteReader(values[index].bytes ?? [])
            let number = try reader.number(Int32.self)
            let parent = try reader.id()
            inputs.append(
                JobInputRecord(position: number, parent: parent, outcome: try await outcome(values[index + 1].bytes))
            )
        }
        return inputs
    }

    @concurrent public func workers() async throws(StoreError) -> [WorkerSnapshot] {
        let replies = try await namespace.pipeline([
            RedisCommand("HGETALL", "\(namespace.prefix)workers"), RedisCommand("HGETALL", "\(namespace.prefix)beats"),
        ])
        guard replies.count == 2, let fields = replies[0].array, let beats = replies[1].array else {
            throw namespace.broken("the workers", .array(replies))
        }
        var heard: [String: Timestamp] = [:]
        for index in stride(from: 0, to: beats.count - 1, by: 2) {
            var reader = ByteReader(beats[index + 1].bytes ?? [])
            heard[beats[index].text ?? ""] = try reader.time()
        }
        var workers: [WorkerSnapshot] = []
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            guard let number = fields[index].text, let id = Int64(number) else { continue }
            var reader = ByteReader(fields[index + 1].bytes ?? [])
            let startedAt = try reader.time()
            let stored = try StoredJSON.decode(StoredWorker.self, from: try reader.data(reader.rest))
            workers.append(
                WorkerSnapshot(
                    id: WorkerID(id),
                    registration: stored.registration,
                    startedAt: startedAt,
                    heartbeatAt: heard[number] ?? startedAt
                )
            )
        }
        return workers.sorted { $0.id.number < $1.id.number }
    }

    @concurrent public func counts() async throws(StoreError) -> [LaneCounts] {
        let reply = try await namespace.run(Scripts.counts, resend: .safe)
        guard let parts = reply.array, parts.count == 3, let fields = parts[0].array, let paused = parts[1].array,
            let oldest = parts[2].array
        else { throw namespace.broken("counts", reply) }
        var byLane: [UInt32: [JobState: Int]] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            let words = (fields[index].text ?? "").split(separator: ":")
            guard words.count == 2, let lane = UInt32(words[0]), let code = UInt8(words[1]),
                let state = try? JobState(code: code),
                let count = fields[index + 1].text.flatMap({ Int($0) }), count > 0
            else { continue }
            byLane[lane, default: [:]][state] = count
        }
        var oldestReady: [UInt32: Timestamp] = [:]
        for index in stride(from: 0, to: oldest.count - 1, by: 2) {
            guard let lane = oldest[index].text.flatMap({ UInt32($0) }), let bytes = oldest[index + 1].bytes,
                let readyAt = (try? StoredRow(bytes))?.readyAt
            else { continue }
            oldestReady[lane] = min(oldestReady[lane] ?? readyAt, readyAt)
        }
        let pausedLanes = Set(paused.compactMap { $0.text.flatMap { UInt32($0) } })
        var counts: [LaneCounts] = []
        for (number, byState) in byLane {
            // Where rows were changed by another hand than Roost's.
            guard let lane = try await knownLaneName(number) else { continue }
            counts.append(
                LaneCounts(
                    queue: lane.queue,
                    kind: lane.kind,
                    byState: byState,
                    oldestReadyAt: oldestReady[number],
                    isPaused: pausedLanes.contains(number)
                )
            )
        }
        return counts.sorted { ($0.queue, $0.kind) < ($1.queue, $1.kind) }
    }
}
