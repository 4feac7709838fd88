import HeapModule

/// Rows in the order of a moment: what is due, what expires, what may be pruned.
///
/// An entry whose row has moved on stays until it comes up, or until such entries are the greater part.
struct MemoryAgenda {
    struct Entry: Comparable {
        let time: Timestamp
        /// Tells entries of one moment apart, and those of a slot's earlier tenants.
        let number: Int64
        let slot: Int

        static func < (left: Entry, right: Entry) -> Bool {
            left.time != right.time ? left.time < right.time : left.number < right.number
        }
    }

    private var heap = Heap<Entry>()
    private var liveAtLastLook = 0

    /// The earliest entry that holds, by `isLive`.
    mutating func first(where isLive: (Entry) -> Bool) -> Entry? {
        while let first = heap.min {
            if isLive(first) { return first }
            heap.removeMin()
        }
        return nil
    }

    mutating func removeFirst() {
        _ = heap.popMin()
    }

    mutating func insert(_ time: Timestamp, number: Int64, slot: Int, isLive: (Entry) -> Bool) {
        heap.insert(Entry(time: time, number: number, slot: slot))
        guard heap.count > 2 * liveAtLastLook + 1024 else { return }
        heap = Heap(heap.unordered.filter(isLive))
        liveAtLastLook = heap.count
    }
}
