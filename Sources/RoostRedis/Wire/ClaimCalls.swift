import RoostCore
import Synchronization

/// The claims that are under way, by worker, and whether the answer of one was lost. What that one may have handed out is to be
/// given back: it would wait for its lease to end, and be charged with a crash that was none.
final class ClaimCalls: Sendable {
    private struct Calls {
        /// The last that an answer told of.
        var last = LeaseToken(0)
        var underWay = 0
        var hasLost = false
        var isGivingBack = false
    }

    private let calls = Mutex<[WorkerID: Calls]>([:])

    /// A claim begins.
    ///
    /// - Returns: whether it may: not while lost ones are given back, since it would be taken for one.
    func begin(_ worker: WorkerID) -> Bool {
        calls.withLock { calls in
            guard calls[worker]?.isGivingBack != true else { return false }
            calls[worker, default: Calls()].underWay += 1
            return true
        }
    }

    func succeeded(_ worker: WorkerID, _ token: LeaseToken?) {
        calls.withLock { calls in
            calls[worker]?.underWay -= 1
            if let token, let last = calls[worker]?.last, token > last { calls[worker]?.last = token }
        }
    }

    func failed(_ worker: WorkerID) {
        calls.withLock { calls in
            calls[worker]?.underWay -= 1
            calls[worker]?.hasLost = true
        }
    }

    /// Begins to give back what was lost, unless nothing was, or another claim is under way.
    ///
    /// - Returns: the token after which all are lost.
    func beginGivingBack(_ worker: WorkerID) -> LeaseToken? {
        calls.withLock { calls in
            guard let call = calls[worker], call.hasLost, !call.isGivingBack, call.underWay == 0 else { return nil }
            calls[worker]?.isGivingBack = true
            return call.last
        }
    }

    func endGivingBack(_ worker: WorkerID, isDone: Bool) {
        calls.withLock { calls in
            calls[worker]?.isGivingBack = false
            if isDone { calls[worker]?.hasLost = false }
        }
    }

    func forget(_ worker: WorkerID) {
        calls.withLock { $0[worker] = nil }
    }
}
