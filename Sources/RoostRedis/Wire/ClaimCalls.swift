import RoostCore
import Synchronization

/// The claims that are under way, by worker, and whether the answer of one was lost. What that one may have handed out is to be
/// given back: it would wait for its lease to end, and be charged with a crash that was none.
///
/// Tokens rise. So a claim's token is greater than all that were known when it began, and what was lost is what the worker holds
/// above those and does not know.
final class ClaimCalls: Sendable {
    /// A claim that began.
    struct Call: Equatable, Sendable {
        /// The greatest token that was known.
        let after: LeaseToken
    }

    /// What the worker holds and does not know: tokens greater than `after`, but for these.
    struct Lost: Equatable, Sendable {
        let after: LeaseToken
        let known: [LeaseToken]
    }

    private struct Calls {
        var greatest = LeaseToken(0)
        /// The tokens that answers told of, greater than those which no call under way, and none that was lost, can have.
        var known: [LeaseToken] = []
        var underWay: [Call] = []
        /// The earliest that was lost.
        var lost: Call?
        var isGivingBack = false

        mutating func end(_ call: Call) {
            if let index = underWay.firstIndex(of: call) { underWay.remove(at: index) }
        }

        mutating func forgetKnown() {
            guard let floor = (underWay + [lost].compactMap { $0 }).map(\.after).min() else {
                known = []
                return
            }
            known.removeAll { $0 <= floor }
        }
    }

    private let calls = Mutex<[WorkerID: Calls]>([:])

    /// A claim begins.
    ///
    /// - Returns: nil where it may not: before lost ones are given back, since it would be taken for one.
    func begin(_ worker: WorkerID) -> Call? {
        calls.withLock { all in
            var calls = all[worker] ?? Calls()
            guard calls.lost == nil else { return nil }
            let call = Call(after: calls.greatest)
            calls.underWay.append(call)
            all[worker] = calls
            return call
        }
    }

    func succeeded(_ worker: WorkerID, _ call: Call, _ token: LeaseToken?) {
        calls.withLock { all in
            guard var calls = all[worker] else { return }
            calls.end(call)
            if let token {
                calls.greatest = max(calls.greatest, token)
                calls.known.append(token)
            }
            calls.forgetKnown()
            all[worker] = calls
        }
    }

    func failed(_ worker: WorkerID, _ call: Call) {
        calls.withLock { all in
            guard var calls = all[worker] else { return }
            calls.end(call)
            calls.lost = Call(after: min(calls.lost?.after ?? call.after, call.after))
            all[worker] = calls
        }
    }

    /// Begins to give back what was lost, unless nothing was, or another claim is under way.
    func beginGivingBack(_ worker: WorkerID) -> Lost? {
        calls.withLock { all in
            guard let calls = all[worker], let lost = calls.lost, !calls.isGivingBack, calls.underWay.isEmpty else {
                return nil
            }
            all[worker]?.isGivingBack = true
            return Lost(after: lost.after, known: calls.known)
        }
    }

    func endGivingBack(_ worker: WorkerID, isDone: Bool) {
        calls.withLock { all in
            guard var calls = all[worker] else { return }
            calls.isGivingBack = false
            if isDone { calls.lost = nil }
            calls.forgetKnown()
            all[worker] = calls
        }
    }

    func forget(_ worker: WorkerID) {
        calls.withLock { $0[worker] = nil }
    }
}
