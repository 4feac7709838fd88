import Logging
import Synchronization

/// One place in a worker where one job runs at a time. Hooks and ``WorkerLocal`` values are per slot.
public final class Slot: Sendable {
    /// The slot's number in its worker, from 0.
    public let index: Int
    /// The name of the slot's worker.
    public let worker: String

    let logger: Logger

    private struct State {
        var boxes: [ObjectIdentifier: SlotBox] = [:]
        var opened = 0
        var hasEnded = false
    }

    private let state = Mutex(State())

    init(index: Int, worker: String, logger: Logger) {
        self.index = index
        self.worker = worker
        self.logger = logger
    }

    /// The slot in which this task runs; nil outside a worker.
    @TaskLocal public static var current: Slot?

    /// The place for the value of `local` in this slot, made at its first use; nil once the slot has ended.
    func box(of local: any AnyWorkerLocal) -> SlotBox? {
        state.withLock { state in
            if let box = state.boxes[ObjectIdentifier(local)] { return box }
            if state.hasEnded { return nil }
            let box = SlotBox(local: local, slot: self)
            state.boxes[ObjectIdentifier(local)] = box
            return box
        }
    }

    /// The number of the next value that is opened.
    func nextOpened() -> Int {
        state.withLock { state in
            state.opened += 1
            return state.opened
        }
    }

    /// Ends the slot and takes all places out, the one last opened first: it may have been opened with those before.
    func end() -> [SlotBox] {
        state.withLock { state in
            state.hasEnded = true
            defer { state.boxes = [:] }
            return state.boxes.values.sorted { $0.opened > $1.opened }
        }
    }
}
