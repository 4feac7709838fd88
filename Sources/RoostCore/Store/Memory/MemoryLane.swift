import DequeModule
import HeapModule

/// Where a ready job stands: by priority, then rank, then the order in which it became ready (rule 1).
struct LanePlace: Comparable {
    let priority: Int32
    let rank: Int64
    let position: Int64
    let slot: Int

    static func < (left: LanePlace, right: LanePlace) -> Bool {
        if left.priority != right.priority { return left.priority > right.priority }
        if left.rank != right.rank { return left.rank < right.rank }
        return left.position < right.position
    }
}

/// The ready jobs of one queue and kind.
///
/// Jobs of one priority and rank become ready in order, so a few deques take nearly all of them and cost nothing to
/// keep sorted. A heap takes the rest: priorities beyond the first few, and jobs that were given back to an earlier
/// place. A job that leaves its lane other than by its head leaves its place behind, which is dropped when it comes up.
struct MemoryLane {
    private struct Bucket {
        let priority: Int32
        let rank: Int64
        var places: Deque<LanePlace> = []
    }

    private static let maxBuckets = 16

    let queue: String
    let kind: String
    var isPaused = false
    /// How many rows stand in each state, by its ordinal.
    var counts = [Int](repeating: 0, count: JobState.allCases.count)

    private var buckets: [Bucket] = []
    private var rest = Heap<LanePlace>()
    /// Jobs that must run alone: apart, since a claim may have to leave them out.
    private var solo = Heap<LanePlace>()
    private var places = 0

    init(queue: String, kind: String) {
        self.queue = queue
        self.kind = kind
    }

    /// Puts a job at the end of its equals.
    mutating func append(_ place: LanePlace, isSolo: Bool) {
        places += 1
        guard !isSolo else { return solo.insert(place) }
        var target = 0
        while target < buckets.count {
            // No copy of the bucket: its deque would be shared for a moment, and an append would copy it whole.
            let (priority, rank) = (buckets[target].priority, buckets[target].rank)
            if priority == place.priority, rank == place.rank {
                buckets[target].places.append(place)
                return
            }
            if (-Int64(priority), rank) > (-Int64(place.priority), place.rank) { break }
            target += 1
        }
        if buckets.count == Self.maxBuckets {
            guard let empty = buckets.firstIndex(where: \.places.isEmpty) else { return rest.insert(place) }
            buckets.remove(at: empty)
            if empty < target { target -= 1 }
        }
        buckets.insert(Bucket(priority: place.priority, rank: place.rank, places: [place]), at: target)
    }

    /// Puts a job back where it stood before.
    mutating func restore(_ place: LanePlace, isSolo: Bool) {
        places += 1
        if isSolo { solo.insert(place) } else { rest.insert(place) }
    }

    /// The first job.
    mutating func head(in rows: [MemoryRow], allowsSolo: Bool) -> LanePlace? {
        guard counts[JobState.ready.ordinal] > 0 else { return nil }
        var best = bucketHead(in: rows)
        if let other = Self.top(of: &rest, in: rows, places: &places), best.map({ other < $0 }) ?? true { best = other }
        if allowsSolo, let other = Self.top(of: &solo, in: rows, places: &places), best.map({ other < $0 }) ?? true {
            best = other
        }
        return best
    }

    /// Takes the job that ``head(in:allowsSolo:)`` just gave.
    mutating func removeHead(_ head: LanePlace) {
        places -= 1
        if rest.min == head {
            rest.removeMin()
        } else if solo.min == head {
            solo.removeMin()
        } else if let index = buckets.firstIndex(where: { $0.places.first == head }) {
            buckets[index].places.removeFirst()
        }
    }

    /// Forgets places that were left behind, once they are more than the jobs that stand here.
    mutating func compact(in rows: [MemoryRow]) {
        guard places > 2 * counts[JobState.ready.ordinal] + 64 else { return }
        for index in buckets.indices { buckets[index].places.removeAll { !Self.isLive($0, in: rows) } }
        rest = Heap(rest.unordered.filter { Self.isLive($0, in: rows) })
        solo = Heap(solo.unordered.filter { Self.isLive($0, in: rows) })
        places = buckets.reduce(rest.count + solo.count) { $0 + $1.places.count }
    }

    /// When the oldest job here became ready.
    func oldestReadyAt(in rows: [MemoryRow]) -> Timestamp? {
        var oldest: Timestamp?
        func see(_ place: LanePlace) {
            guard Self.isLive(place, in: rows), let readyAt = rows[place.slot].readyAt else { return }
            oldest = oldest.map { min($0, readyAt) } ?? readyAt
        }
        for bucket in buckets {
            // Within a bucket the order is that of becoming ready, so its first live place will do.
            if let first = bucket.places.first(where: { Self.isLive($0, in: rows) }) { see(first) }
        }
        for place in rest.unordered { see(place) }
        for place in solo.unordered { see(place) }
        return oldest
    }

    private mutating func bucketHead(in rows: [MemoryRow]) -> LanePlace? {
        for index in buckets.indices {
            while let first = buckets[index].places.first {
                if Self.isLive(first, in: rows) { return first }
                buckets[index].places.removeFirst()
                places -= 1
            }
        }
        return nil
    }

    private static func top(of heap: inout Heap<LanePlace>, in rows: [MemoryRow], places: inout Int) -> LanePlace? {
        while let top = heap.min {
            if isLive(top, in: rows) { return top }
            heap.removeMin()
            places -= 1
        }
        return nil
    }

    private static func isLive(_ place: LanePlace, in rows: [MemoryRow]) -> Bool {
        rows[place.slot].state == .ready && rows[place.slot].position == place.position
    }
}
