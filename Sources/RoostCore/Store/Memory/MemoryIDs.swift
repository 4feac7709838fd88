/// The ids of all rows, to list them in order.
///
/// Ids rise, so an insertion is an append; what came out of order is sorted in when somebody lists.
struct MemoryIDs {
    private var sorted: [JobID] = []
    private var unsorted: [JobID] = []
    private var removed = 0

    mutating func insert(_ id: JobID) {
        if unsorted.isEmpty, sorted.last.map({ $0 < id }) ?? true {
            sorted.append(id)
        } else {
            unsorted.append(id)
        }
    }

    /// - Parameter isKnown: whether an id still has a row; this one no longer has.
    mutating func remove(_ id: JobID, isKnown: (JobID) -> Bool) {
        removed += 1
        guard removed > (sorted.count + unsorted.count) / 2 + 1024 else { return }
        sorted.removeAll { !isKnown($0) }
        unsorted.removeAll { !isKnown($0) }
        removed = 0
    }

    /// All ids above `id` in order; some may be gone.
    mutating func above(_ id: JobID?) -> ArraySlice<JobID> {
        if !unsorted.isEmpty {
            // The sort of the standard library takes sorted runs as they are, so this is close to a merge.
            sorted.append(contentsOf: unsorted)
            sorted.sort()
            unsorted = []
        }
        guard let id else { return sorted[...] }
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] <= id { low = middle + 1 } else { high = middle }
        }
        return sorted[low...]
    }
}
