import Foundation
package import RoostCore
package import RoostTesting
import Synchronization

/// Writes every enqueue, claim and settle of one client into a ledger, and changes nothing.
package final class LedgerStore: StoreLayer {
    package let base: any JobStore
    package let ledger: Ledger
    /// For the ledger.
    package let client: String
    package let time: any TimeSource

    /// - Parameter time: the clocks of its process; nil: those of the store.
    package init(_ base: any JobStore, ledger: Ledger, client: String, time: (any TimeSource)? = nil) {
        self.base = base
        self.time = time ?? base.time
        self.ledger = ledger
        self.client = "\(ProcessInfo.processInfo.processIdentifier) \(client)"
    }

    @concurrent package func enqueue(_ batch: EnqueueBatch) async throws(StoreError) -> EnqueueAnswer {
        for job in batch.jobs { ledger.note(.sent, job.id, by: client) }
        do throws(StoreError) {
            let answer = try await base.enqueue(batch)
            for job in batch.jobs { ledger.note(.stored, job.id, by: client) }
            return answer
        } catch {
            ledger.failed(error)
            // The two by which the store says for certain that nothing was stored.
            let kind: Ledger.Entry.Kind = [.full, .rejected].contains(error.code) ? .refused : .unknown
            for job in batch.jobs { ledger.note(kind, job.id, by: client) }
            throw error
        }
    }

    @concurrent package func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let answer = try await pass(.exchange) { () async throws(StoreError) in try await base.exchange(request) }
        for (item, result) in zip(request.settle, answer.settled) {
            var succeeded = false
            if case .succeeded = item.end { succeeded = true }
            ledger.note(.settled(token: item.token.number, succeeded: succeeded, result), item.job, by: client)
        }
        for job in answer.claim?.jobs ?? [] { ledger.note(.claimed(token: job.token.number), job.id, by: client) }
        return answer
    }

    @concurrent package func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        do throws(StoreError) {
            return try await body()
        } catch {
            ledger.failed(error)
            throw error
        }
    }
}
