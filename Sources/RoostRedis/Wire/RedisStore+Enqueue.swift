public import RoostCore
import RoostRedisClient

extension RedisStore {
    @concurrent public func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        guard !batch.jobs.isEmpty || !batch.edges.isEmpty else { return EnqueueAnswer(items: []) }
        if batch.jobs.count > 1 || !batch.edges.isEmpty { try StoreRules.validate(batch) }
        // The rows have numbers of lanes, which may be others in another epoch.
        return try await namespace.inOneEpoch { epoch throws(StoreError) -> EnqueueAnswer in
            let prepared = try await prepare(batch, in: epoch)
            guard batch.edges.isEmpty, prepared.rows.allSatisfy(\.isPlain) else {
                return try await enqueueAny(prepared, in: epoch)
            }
            _ = try await namespace.runOnce(
                Scripts.enqueuePlain,
                in: epoch,
                resend: .safe,
                copies: options.replicas
            ) { arguments in
                arguments.reserve(prepared.rows.reduce(0) { $0 + $1.bytes.count + 48 })
                for (job, row) in zip(batch.jobs, prepared.rows) {
                    var head: [UInt8] = []
                    head.reserveCapacity(28)
                    head.append(id: job.id)
                    head.append(contentsOf: row.head)
                    arguments.append(head)
                    arguments.append(row.tail)
                }
            }
            return EnqueueAnswer(items: Array(repeating: .stored, count: batch.jobs.count))
        }
    }

    private func enqueueAny(
        _ prepared: PreparedBatch,
        in epoch: [UInt8]
    ) async throws(StoreError) -> EnqueueAnswer {
        let reply = try await namespace.runOnce(Scripts.enqueue, in: epoch, resend: .safe, copies: options.replicas) {
            $0.append(prepared)
        }
        guard let parts = reply.array, parts.count == 2, let holders = parts[0].array else {
            throw namespace.broken("an enqueue", reply)
        }
        let items = holders.map { holder -> EnqueueAnswer.Item in
            holder.bytes.flatMap { JobID(bytes: $0) }.map { .duplicate(of: $0) } ?? .stored
        }
        return EnqueueAnswer(items: items, changes: try await changes(parts[1].bytes))
    }

    /// Makes the rows of a batch.
    func prepare(_ batch: EnqueueBatch, in epoch: [UInt8]) async throws(StoreError) -> PreparedBatch {
        var rows: [NewRow] = []
        rows.reserveCapacity(batch.jobs.count)
        var last: (name: LaneName, number: UInt32)?
        for job in batch.jobs {
            if let last, last.name.kind == job.kind, last.name.queue == job.queue {
                rows.append(try NewRow(job, lane: last.number))
                continue
            }
            let name = LaneName(queue: job.queue, kind: job.kind)
            let number = try await laneNumber(name, in: epoch)
            last = (name, number)
            rows.append(try NewRow(job, lane: number))
        }
        return PreparedBatch(batch: batch, rows: rows)
    }
}
