import Synchronization

/// Wakes one waiting task. Rung while nobody waits, it is remembered once.
final class Signal: Sendable {
    /// Set by a ring, and cleared by the wait that it ends. While it is set, another ring has nothing to do: it is rung for
    /// each job, mostly while its reader is at work.
    private let isRung = Atomic(false)
    private let waiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    func ring() {
        if isRung.exchange(true, ordering: .acquiringAndReleasing) { return }
        let waiter = waiter.withLock { waiter -> CheckedContinuation<Void, Never>? in
            // A wait that came between may have heard the ring already; the waiter here is then a later one.
            guard waiter != nil, takeRing() else { return nil }
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume()
    }

    /// Returns once it was rung since the last wait. Not cancellable: whoever rings decides.
    @concurrent func wait() async {
        if takeRing() { return }
        await withCheckedContinuation { continuation in
            let isRung = waiter.withLock { waiter in
                if takeRing() { return true }
                waiter = continuation
                return false
            }
            if isRung { continuation.resume() }
        }
    }

    /// Returns once it was rung, or `deadline` has passed; nil, or a cancelled task: only once it was rung.
    @concurrent func wait(until deadline: Duration?, by time: any TimeSource) async {
        guard let deadline else { return await wait() }
        if takeRing() { return }
        await withDiscardingTaskGroup { group in
            group.addTask {
                do {
                    try await time.sleep(until: deadline)
                    self.ring()
                } catch {
                    // Cancelled, since the ring came first.
                }
            }
            await wait()
            group.cancelAll()
        }
    }

    /// Whether it was rung since the last wait; a wait is spared then.
    func takeRing() -> Bool {
        isRung.exchange(false, ordering: .acquiringAndReleasing)
    }
}
