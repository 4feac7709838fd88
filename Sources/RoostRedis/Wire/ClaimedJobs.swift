import RoostCore
import Synchronization

/// The plain jobs that this process claimed and did not settle yet.
final class ClaimedJobs: Sendable {
    /// Jobs whose lease was lost are never asked for; so many are kept before all are forgotten.
    private static let most = 10_000

    private let claims = Mutex<[JobID: PlainClaim]>([:])

    func add(_ claimed: [(JobID, PlainClaim)]) {
        guard !claimed.isEmpty else { return }
        claims.withLock { claims in
            if claims.count + claimed.count > Self.most { claims.removeAll(keepingCapacity: true) }
            for (id, claim) in claimed { claims[id] = claim }
        }
    }

    func removeAll() {
        claims.withLock { $0.removeAll() }
    }

    /// For each item the claim it ends, where it is a plain one that succeeded.
    func take(_ items: [SettleItem]) -> [PlainClaim?] {
        claims.withLock { claims in
            items.map { item in
                guard let claim = claims[item.job], claim.token == item.token else { return nil }
                claims[item.job] = nil
                guard case .succeeded = item.end, item.added == nil else { return nil }
                return claim
            }
        }
    }
}
