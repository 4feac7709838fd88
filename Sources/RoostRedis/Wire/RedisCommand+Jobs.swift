import RoostCore
import RoostRedisClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension RedisCommand {
    mutating func append(_ id: JobID) {
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { append($0) }
    }

    mutating func append(_ flag: Bool) {
        append(flag ? "1" : "0")
    }

    /// What `takeBatch()` reads.
    mutating func append(_ batch: PreparedBatch) {
        append(batch.rows.count)
        for (job, row) in zip(batch.batch.jobs, batch.rows) {
            append(job.id)
            append(row.bytes)
            if let expiry = row.expiry { append(expiry) } else { append("") }
        }
        append(batch.batch.edges.count)
        for edge in batch.batch.edges {
            var bytes: [UInt8] = []
            bytes.append(id: edge.parent)
            bytes.append(id: edge.child)
            bytes.append(edge.condition.code)
            bytes.append(edge.carriesValue ? 1 : 0)
            bytes.append(number: edge.position)
            append(bytes)
        }
    }

    /// What `takeItem()` reads.
    mutating func append(_ item: PreparedItem) {
        append(item.item.job)
        append(item.item.token.number)
        append(Int(item.end))
        if let startedAt = item.item.startedAt {
            var bytes: [UInt8] = []
            bytes.append(number: startedAt.microseconds)
            append(bytes)
        } else {
            append("")
        }
        append(item.hasOutput)
        append(item.content)
        append(item.delay)
        append(item.usesRetry)
        switch item.addition {
        case nil: append("0")
        case .batch(let batch):
            append("1")
            append(batch)
        case .rejected(let message):
            append("2")
            append(message)
        }
    }
}

/// A batch with its rows.
struct PreparedBatch {
    let batch: EnqueueBatch
    let rows: [NewRow]
}

/// A settle item as the scripts know it.
struct PreparedItem {
    let item: SettleItem
    let end: UInt8
    var hasOutput = false
    var content: [UInt8] = []
    var delay: Int64 = 0
    var usesRetry = false
    let addition: Addition?

    /// What a job that succeeded added to its graph.
    enum Addition {
        case batch(PreparedBatch)
        /// It cannot be stored, which fails the job.
        case rejected(String)
    }

    init(_ item: SettleItem, addition: Addition? = nil) throws(StoreError) {
        self.item = item
        self.addition = addition
        switch item.end {
        case .succeeded(let output):
            end = 0
            hasOutput = output != nil
            content = output.map { Array($0) } ?? []
        case .failed(let failure):
            end = 1
            content = try StoredFailure.encode(failure)
        case .retry(let delay, let failure, let usesRetry):
            end = 2
            content = try StoredFailure.encode(failure)
            self.delay = min(delay.wholeMicroseconds, NewRow.forever)
            self.usesRetry = usesRetry
        case .cancelled(let failure):
            end = 3
            content = try StoredFailure.encode(failure)
        case .expired: end = 4
        case .released: end = 5
        }
    }
}
