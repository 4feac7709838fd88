import RoostCore
import RoostTesting
import Synchronization

/// A store that counts what is settled in it, so that a drain ends when the store has the last end, and not when the
/// last body has returned. It costs a lock and a few additions a batch.
final class CountingStore: StoreLayer {
    struct Counts {
        /// Ends that the store answered `applied`.
        var settled = 0
        var exchanges = 0
        /// Exchanges that settled something.
        var settles = 0
        var firstClaim: Double?
        var lastSettle = 0.0
        fileprivate var targets: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    let base: any JobStore
    private let gauge: WALGauge?
    /// Called after an exchange that was given less than it asked for, with all that was settled until then.
    private let whenShort: (@Sendable (Int) -> Void)?
    private let state = Mutex(Counts())

    init(_ base: any JobStore, gauge: WALGauge? = nil, whenShort: (@Sendable (Int) -> Void)? = nil) {
        self.base = base
        self.gauge = gauge
        self.whenShort = whenShort
    }

    var counts: Counts { state.withLock { $0 } }

    /// Returns once `count` jobs were settled here in all.
    func settled(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.settled < count else { return true }
                state.targets.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        let answer = try await base.exchange(request)
        let applied = answer.settled.count { $0 == .applied }
        gauge?.note()
        let now = Clock.now
        let (reached, settled) = state.withLock { state in
            state.exchanges += 1
            if request.claim != nil, state.firstClaim == nil { state.firstClaim = now }
            guard applied > 0 else { return ([CheckedContinuation<Void, Never>](), state.settled) }
            state.settled += applied
            state.settles += 1
            state.lastSettle = now
            let count = state.settled
            let reached = state.targets.filter { $0.count <= count }.map(\.continuation)
            state.targets.removeAll { $0.count <= count }
            return (reached, count)
        }
        for continuation in reached { continuation.resume() }
        if let whenShort, (answer.claim?.jobs.count ?? 0) < (request.claim?.limit ?? 1) { whenShort(settled) }
        return answer
    }
}
