import Logging
import Synchronization

/// The place of one local's value in one slot.
// Proof: `value` and `opened` are written only by whoever has the box, from an `acquire` or `tryAcquire` that took it to
// `hold` or `release`; one has it at a time, and while it is held nothing is written. Others read `value` only under the
// lock and while it is held. `Slot.end()` reads `opened` when the slot's jobs are over.
final class SlotBox: @unchecked Sendable {
    enum Phase: Equatable {
        case free
        /// Its value is being opened, closed or asked for.
        case busy
        /// A job runs inside its value.
        case held
    }

    private struct State {
        var phase = Phase.free
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let local: any AnyWorkerLocal
    /// What the slot logs by; not the slot, which has the box.
    let logger: Logger
    /// Whether the value is to be closed before its next use.
    let isDiscarded = Atomic(false)
    var value: Any?
    /// The number of the value among all that the slot opened; 0: none was.
    var opened = 0
    private let state = Mutex(State())

    init(local: any AnyWorkerLocal, slot: Slot) {
        self.local = local
        var logger = slot.logger
        logger[metadataKey: "slot"] = "\(slot.index)"
        self.logger = logger
    }

    /// Takes the box if it is free.
    ///
    /// - Returns: in which phase it was: `free` means that the caller has it now.
    func tryAcquire() -> Phase {
        state.withLock { state in
            defer { if state.phase == .free { state.phase = .busy } }
            return state.phase
        }
    }

    /// Takes the box, once it is not busy.
    ///
    /// - Returns: false where it is held, and was not taken.
    @concurrent func acquire() async -> Bool {
        while true {
            switch tryAcquire() {
            case .free: return true
            case .held: return false
            case .busy: await notBusy()
            }
        }
    }

    /// The one who has the box runs a job inside its value.
    func hold() {
        change(to: .held)
    }

    /// The one who has the box needs it no longer.
    func release() {
        change(to: .free)
    }

    /// The value while it is held; nil otherwise.
    var heldValue: Any? {
        state.withLock { $0.phase == .held ? value : nil }
    }

    private func change(to phase: Phase) {
        let waiters = state.withLock { state in
            state.phase = phase
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    @concurrent private func notBusy() async {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                if state.phase == .busy { state.waiters.append(continuation) }
                return state.phase == .busy
            }
            if !mustWait { continuation.resume() }
        }
    }
}
