import Synchronization

/// Wakes one waiting task. Rung while nobody waits, it is remembered once.
final class Signal: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            guard let waiter = state.waiter else {
                state.isRung = true
                return nil as CheckedContinuation<Void, Never>?
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Returns once it was rung since the last wait. Not cancellable: whoever rings decides.
    @concurrent func wait() async {
        if takeRing() { return }
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state in
                if state.isRung {
                    state.isRung = false
                    return true
                }
                state.waiter = continuation
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

    private func takeRing() -> Bool {
        state.withLock { state in
            defer { state.isRung = false }
            return state.isRung
        }
    }
}
