import Synchronization

/// The claims that are under way, by worker, and whether the answer of one was lost. What that one may have handed out is to be
/// given back: it would wait for its lease to end, and be charged with a crash that was none.
///
/// Tokens rise. So a claim's token is greater than all that were known when it began, and what was lost is what the worker holds
/// above those and does not know. Calls have numbers, which rise too: once the server was told to give back, it heeds no call with a
/// lower number, however late one comes.
package final class ClaimCalls: Sendable {
    /// A claim that began.
    package struct Call: Equatable, Sendable {
        package let number: Int
        /// The greatest token that was known.
        package let after: LeaseToken
    }

    /// What the worker holds and does not know: tokens greater than `after`, but for these.
    package struct Lost: Equatable, Sendable {
        /// Of the call that gives it back.
        package let number: Int
        package let after: LeaseToken
        package let known: [LeaseToken]

        package init(number: Int, after: LeaseToken, known: [LeaseToken]) {
            self.number = number
            self.after = after
            self.known = known
        }
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

    package init() {}

    /// Makes a call of a store's, as one of these claims if it claims, and gives back before it what was lost.
    ///
    /// - Parameters:
    ///   - giveBack: does that, and answers which jobs changed.
    ///   - call: is nil where nothing is to be claimed now.
    package func exchange(
        _ request: Exchange,
        givingBack giveBack: (Lost, WorkerID) async throws(StoreError) -> [JobChange],
        by exchange: (_ request: Exchange, _ call: Call?) async throws(StoreError) -> ExchangeAnswer
    ) async throws(StoreError) -> ExchangeAnswer {
        guard request.claim != nil else { return try await exchange(request, nil) }
        let worker = request.worker
        let changes = try await giveBackLost(of: worker, by: giveBack)
        guard let call = begin(worker) else {
            var answer = try await exchange(Exchange(worker: worker, settle: request.settle), nil)
            // Not for want of jobs: it is to be asked again soon.
            answer.claim = Claim(nextDue: .milliseconds(50))
            return answer
        }
        do throws(StoreError) {
            var answer = try await exchange(request, call)
            succeeded(worker, call, answer.claim?.token)
            answer.changes = changes + answer.changes
            return answer
        } catch {
            failed(worker, call)
            throw error
        }
    }

    private func giveBackLost(
        of worker: WorkerID,
        by giveBack: (Lost, WorkerID) async throws(StoreError) -> [JobChange]
    ) async throws(StoreError) -> [JobChange] {
        guard let lost = beginGivingBack(worker) else { return [] }
        var isDone = false
        defer { endGivingBack(worker, isDone: isDone) }
        let changes = try await giveBack(lost, worker)
        isDone = true
        return changes
    }

    /// A claim begins.
    ///
    /// - Returns: nil where it may not: before lost ones are given back, since it would be taken for one.
    package func begin(_ worker: WorkerID) -> Call? {
        calls.withLock { all in
            var calls = all[worker] ?? Calls()
            guard calls.lost == nil else { return nil }
            let call = Call(number: calls.nextNumber(), after: calls.greatest)
            calls.underWay.append(call)
            all[worker] = calls
            return call
        }
    }

    package func succeeded(_ worker: WorkerID, _ call: Call, _ token: LeaseToken?) {
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

    /// Whether another worker was handed out jobs since this one was last, by the token of a claim that has just been answered: of a
    /// store whose tokens count the claims that bring jobs. What this worker's calls under way may bring is not another's.
    package func followsOther(_ worker: WorkerID, _ token: LeaseToken) -> Bool {
        calls.withLock { all in
            guard let calls = all[worker] else { return false }
            return token.number - calls.greatest.number > calls.underWay.count
        }
    }

    package func failed(_ worker: WorkerID, _ call: Call) {
        calls.withLock { all in
            guard var calls = all[worker] else { return }
            calls.end(call)
            calls.lost = min(calls.lost ?? call.after, call.after)
            all[worker] = calls
        }
    }

    /// Begins to give back what was lost, unless nothing was, or another claim is under way.
    package func beginGivingBack(_ worker: WorkerID) -> Lost? {
        calls.withLock { all in
            guard var calls = all[worker], let lost = calls.lost, !calls.isGivingBack, calls.underWay.isEmpty else {
                return nil
            }
            calls.isGivingBack = true
            defer { all[worker] = calls }
            return Lost(number: calls.nextNumber(), after: lost, known: calls.known)
        }
    }

    package func endGivingBack(_ worker: WorkerID, isDone: Bool) {
        calls.withLock { all in
            guard var calls = all[worker] else { return }
            calls.isGivingBack = false
            if isDone { calls.lost = nil }
            calls.forgetKnown()
            all[worker] = calls
        }
    }

    package func forget(_ worker: WorkerID) {
        calls.withLock { $0[worker] = nil }
    }
}
