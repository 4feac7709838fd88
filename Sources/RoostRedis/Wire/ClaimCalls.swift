import RoostCore
import Synchronization

/// The claims that are under way, by worker, and whether the answer of one was lost. What that one may have handed out is to be
/// given back: it would wait for its lease to end, and be charged with a crash that was none.
///
/// Tokens rise. So a claim's token is greater than all that were known when it began, and what was lost is what the worker holds
/// above those and does not know. Calls have numbers, which rise too: once the server was told to give back, it heeds no call with a
/// lower number, however late one comes.
final class ClaimCalls: Sendable {
    /// A claim that began.
    struct Call: Equatable, Sendable {
        let number: Int
        /// The greatest token that was known.
        let after: LeaseToken
    }

    /// What the worker holds and does not know: tokens greater than `after`, but for these.
    struct Lost: Equatable, Sendable {
        /// Of the call that gives it back.
        let number: Int
        let after: LeaseToken
        let known: [LeaseToken]
    }

    private struct Calls {
        var greatest = LeaseToken(0)
        /// The tokens that answers told of, greater than those which no call under way, and none that was lost, can have.
        var known: [LeaseToken] = []
        var underWay: [Call] = []
        /// The greatest token that was known when the earliest of those began that were lost.
        var lost: LeaseToken?
        private var lastNumber = 0
        var isGivingBack = false

        mutating func nextNumber() -> Int {
            lastNumber += 1
            return lastNumber
        }

        mutating func end(_ call: Call) {
            underWay.removeAll { $0 == call }
        }

        mutating func forgetKnown() {
            guard let floor = (underWay.map(\.after) + [lost].compactMap { $0 }).min() else {
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
            let call = Call(number: calls.nextNumber(), after: calls.greatest)
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
            calls.lost = min(calls.lost ?? call.after, call.after)
            all[worker] = calls
        }
    }

    /// Begins to give back what was lost, unless nothing was, or another claim is under way.
    func beginGivingBack(_ worker: WorkerID) -> Lost? {
        calls.withLock { all in
            guard var calls = all[worker], let lost = calls.lost, !calls.isGivingBack, calls.underWay.isEmpty else {
                return nil
            }
            calls.isGivingBack = true
            defer { all[worker] = calls }
            return Lost(number: calls.nextNumber(), after: lost, known: calls.known)
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
