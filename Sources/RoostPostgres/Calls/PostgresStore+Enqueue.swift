public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    @concurrent public func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        guard !batch.jobs.isEmpty || !batch.edges.isEmpty else { return EnqueueAnswer(items: []) }
        if batch.jobs.count > 1 || !batch.edges.isEmpty { try StoreRules.validate(batch) }
        return try await PlainBatch.isPlain(batch) ? enqueuePlain(batch) : enqueueAny(batch)
    }

    private func enqueuePlain(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        let plain = try PlainBatch(batch.jobs)
        let sender = wakeUps.senderOfCall()
        let isOne = batch.jobs.count == 1
        let query = database.query(isOne ? .enqueueOne : .enqueuePlain) { parameters in
            parameters.append(database.now)
            parameters.append(sender)
            if isOne { plain.appendOne(to: &parameters) } else { plain.append(to: &parameters) }
        }
        let result = try await database.run(query)
        let news = try database.read { () throws(PostgresError) in try result.text(0, 0) }
        wakeUps.answered(news, told: sender != nil)
        return EnqueueAnswer(items: Array(repeating: .stored, count: batch.jobs.count))
    }

    private func enqueueAny(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        let text = try BatchText(batch).text
        let sender = wakeUps.senderOfCall()
        let query = database.query(.enqueueBatch) { parameters in
            parameters.append(database.now)
            parameters.append(sender)
            parameters.append(text)
        }
        let result = try await database.run(query)
        return try await answer(result, told: sender != nil, count: batch.jobs.count)
    }

    /// Reads what `enqueue_batch` answers.
    func answer(_ result: PostgresResult, told: Bool, count: Int) async throws(StoreError) -> EnqueueAnswer {
        let (news, holders, rows) = try database.read { () throws(PostgresError) in
            (try result.text(0, 0), try result.optionalIds(0, 1), try ChangeRows(result))
        }
        guard holders.count == count else { throw database.broken("\(holders.count) of \(count) jobs stored") }
        wakeUps.answered(news, told: told)
        let items = holders.map { holder -> EnqueueAnswer.Item in
            holder.map { .duplicate(of: JobID($0)) } ?? .stored
        }
        return EnqueueAnswer(items: items, changes: try await changes(rows))
    }
}
