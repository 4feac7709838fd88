import DequeModule

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension MemoryState {
    mutating func settle(_ item: SettleItem) -> SettleAnswer {
        let token = item.token.number
        guard let slot = slot(of: item.job) else { return .stale }
        guard rows[slot].state == .running, rows[slot].token == token else {
            return token > 0 && rows[slot].settledBy == token ? .already : .stale
        }
        rows[slot].settledBy = token
        var isCharged = item.startedAt != nil
        if case .released = item.end { isCharged = false }
        if isCharged { rows[slot].attempt += 1 }
        apply(item, to: slot, isCharged: isCharged)
        return .applied
    }

    private mutating func apply(_ item: SettleItem, to slot: Int, isCharged: Bool) {
        switch item.end {
        case .succeeded(let output):
            succeed(slot, item, output: output)
        case .failed(let failure):
            log(failure, of: slot, item.startedAt, isCharged: isCharged)
            finish(slot, as: .failed, failure: failure, startedAt: item.startedAt)
        case .cancelled(let failure):
            if isCharged { log(failure, of: slot, item.startedAt, isCharged: true) }
            finish(slot, as: .cancelled, failure: failure, startedAt: item.startedAt)
        case .expired:
            finish(slot, as: .expired, failure: StoreRules.expired, startedAt: item.startedAt)
        case .retry(let delay, let failure, let usesRetry):
            log(failure, of: slot, item.startedAt, isCharged: isCharged)
            if cancelIfAsked(slot, startedAt: item.startedAt) { return }
            if usesRetry { rows[slot].failures += 1 }
            leave(slot)
            start(slot, due: delay > .zero ? now + delay : nil)
        case .released:
            giveBack(slot)
        }
    }

    private mutating func succeed(_ slot: Int, _ item: SettleItem, output: Data?) {
        if let added = item.added {
            // What it added may wait for it and find that it has succeeded.
            setState(slot, .succeeded)
            do throws(StoreError) {
                _ = try enqueue(added)
            } catch {
                // One bad addition must not hold up the other jobs of the call, nor be lost in silence: the job failed.
                setState(slot, .running)
                let failure = StoreRules.additionRejected(error)
                log(failure, of: slot, item.startedAt, isCharged: item.startedAt != nil)
                finish(slot, as: .failed, failure: failure, startedAt: item.startedAt)
                report(slot, from: .running, reason: failure.reason)
                return
            }
        }
        finish(slot, as: .succeeded, output: output, startedAt: item.startedAt)
    }

    /// Takes the job from under its lease.
    mutating func leave(_ slot: Int) {
        leases.release(rows[slot].token)
        rows[slot].token = 0
        if rows[slot].flags.contains(.cancelRequested) {
            rows[slot].flags.remove(.cancelRequested)
            cancelRequests[rows[slot].id] = nil
        }
    }

    /// Ends a job whose cancel was asked for while it ran, where it would go on otherwise.
    mutating func cancelIfAsked(_ slot: Int, startedAt: Timestamp?) -> Bool {
        guard rows[slot].flags.contains(.cancelRequested), let failure = cancelRequests[rows[slot].id] else {
            return false
        }
        finish(slot, as: .cancelled, failure: failure, startedAt: startedAt)
        report(slot, from: .running, reason: failure.reason)
        return true
    }

    /// Gives a job back to the place where it stood, uncharged.
    mutating func giveBack(_ slot: Int) {
        if cancelIfAsked(slot, startedAt: nil) { return }
        leave(slot)
        restoreReady(slot)
    }

    /// Takes a job back from a worker that let its lease end.
    mutating func crash(_ slot: Int) {
        let worker = leases[rows[slot].token]?.worker
        let wasSolo = rows[slot].flags.contains(.isSolo)
        rows[slot].attempt += 1
        rows[slot].crashes += 1
        log(StoreRules.crashed, of: slot, nil, isCharged: true, worker: worker)
        if cancelIfAsked(slot, startedAt: nil) { return }
        leave(slot)
        let crashes = rows[slot].crashes
        if StoreRules.isPoison(crashes: crashes, maxCrashes: rows[slot].facts.job.maxCrashes, wasSolo: wasSolo) {
            rows[slot].flags.insert(.isPoison)
        }
        makeReady(slot)
        report(slot, from: .running, reason: .crashed)
    }

    /// Keeps an attempt that did not succeed.
    private mutating func log(
        _ failure: FailureRecord,
        of slot: Int,
        _ startedAt: Timestamp?,
        isCharged: Bool,
        worker: WorkerID? = nil
    ) {
        let row = rows[slot]
        let record = AttemptRecord(
            attempt: isCharged ? row.attempt : row.attempt + 1,
            failure: failure,
            worker: worker ?? leases[row.token]?.worker,
            startedAt: startedAt,
            endedAt: now
        )
        attempts[row.id, default: []].append(record)
        if attempts[row.id, default: []].count > StoreLimits.attemptsKept { attempts[row.id]?.removeFirst() }
    }
}
