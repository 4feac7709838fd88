import RoostCore
import RoostTesting
import Synchronization

/// A store whose calls are counted, and can be made to fail: before they are done, or after, as when a reply is lost.
final class WatchedStore: StoreLayer {
    /// Given the call and its number among those of its kind, from 1; an error that it answers is thrown.
    typealias Fault = @Sendable (StoreCall, Int) -> StoreError?

    var name: String { "watched \(base.name)" }
    let base: any JobStore
    private let before: Fault
    private let after: Fault
    private let change: @Sendable (inout Exchange) -> Void
    private let made = Mutex<[StoreCall: Int]>([:])

    init(
        _ base: any JobStore = MemoryStore(),
        before: @escaping Fault = { _, _ in nil },
        after: @escaping Fault = { _, _ in nil },
        changing change: @escaping @Sendable (inout Exchange) -> Void = { _ in }
    ) {
        self.base = base
        self.before = before
        self.after = after
        self.change = change
    }

    func count(of call: StoreCall) -> Int {
        made.withLock { $0[call] ?? 0 }
    }

    @concurrent func pass<Answer: Sendable>(
        _ call: StoreCall,
        _ body: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        let number = made.withLock { made in
            made[call, default: 0] += 1
            return made[call] ?? 0
        }
        if let error = before(call, number) { throw error }
        let answer = try await body()
        if let error = after(call, number) { throw error }
        return answer
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        try await pass(.exchange) { () async throws(StoreError) in
            var request = request
            change(&request)
            return try await base.exchange(request)
        }
    }
}
