import Synchronization

/// One place in a worker where one job runs at a time. Hooks and ``WorkerLocal`` values are per slot.
public final class Slot: Sendable {
    /// The slot's number in its worker, from 0.
    public let index: Int
    /// The name of the slot's worker.
    public let worker: String

    private let boxes = Mutex<[ObjectIdentifier: SlotBox]>([:])

    init(index: Int, worker: String) {
        self.index = index
        self.worker = worker
    }

    /// The slot in which this task runs; nil outside a worker.
    @TaskLocal public static var current: Slot?

    /// The place for the value of `local` in this slot; made at its first use.
    func box(of local: any AnyWorkerLocal) -> SlotBox {
        boxes.withLock { boxes in
            if let box = boxes[ObjectIdentifier(local)] { return box }
            let box = SlotBox(local: local, order: boxes.count)
            boxes[ObjectIdentifier(local)] = box
            return box
        }
    }

    /// Takes all places out, the last one made first.
    func takeBoxes() -> [SlotBox] {
        boxes.withLock { boxes in
            defer { boxes = [:] }
            return boxes.values.sorted { $0.order > $1.order }
        }
    }
}

/// The place of one local's value in one slot.
// Proof: `value` is touched only by whoever holds the box, from a `checkOut` that answered true to its `checkIn`, and
// `checkOut` answers true to one holder at a time.
final class SlotBox: @unchecked Sendable {
    let local: any AnyWorkerLocal
    let order: Int
    private let isTaken = Atomic(false)
    var value: Any?

    init(local: any AnyWorkerLocal, order: Int) {
        self.local = local
        self.order = order
    }

    func checkOut() -> Bool {
        isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
    }

    func checkIn() {
        isTaken.store(false, ordering: .releasing)
    }
}
