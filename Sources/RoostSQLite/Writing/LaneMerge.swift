import RoostCore

/// The ready jobs of some lanes of one queue in strict order: by priority, rank and place, whatever their kind.
///
/// Reads the heads of each lane from the index alone, a few at a time, so that two hundred lanes cost two hundred
/// short looks and one lane costs one.
struct LaneMerge {
    private struct Head {
        var seq: Int64
        var key: (priority: Int64, rank: Int64, pos: Int64)
    }

    private struct Lane {
        var kind: Int64
        var heads: [Head] = []
        var next = 0
        /// How many heads were read in all.
        var read = 0
        var isAtEnd = false
    }

    private let queue: Int64
    private let chunk: Int
    private var lanes: [Lane] = []

    init(queue: String, kinds: [String], limit: Int, _ transaction: WriteTransaction) throws {
        self.queue = try transaction.names.number(queue, transaction.db) ?? 0
        guard self.queue != 0 else {
            self.chunk = 0
            return
        }
        let pauses = try Pauses(transaction)
        for kind in kinds {
            guard let number = try transaction.names.number(kind, transaction.db) else { continue }
            guard !pauses.cover(queue: self.queue, kind: number), !lanes.contains(where: { $0.kind == number }) else {
                continue
            }
            lanes.append(Lane(kind: number))
        }
        // One lane is read at once; of many, most give less than their share.
        self.chunk = lanes.count <= 1 ? limit : max(16, 2 * limit / lanes.count)
        for index in lanes.indices { try fill(index, transaction) }
    }

    /// The next job; nil when all lanes are empty. No row that was answered may change before the merge is done.
    mutating func next(_ transaction: WriteTransaction) throws -> Int64? {
        var best: Int?
        for index in lanes.indices {
            if lanes[index].next == lanes[index].heads.count { try fill(index, transaction) }
            guard lanes[index].next < lanes[index].heads.count else { continue }
            guard let current = best else {
                best = index
                continue
            }
            let left = lanes[index].heads[lanes[index].next].key
            let right = lanes[current].heads[lanes[current].next].key
            // Higher priorities go first, hence the exchange.
            if (right.priority, left.rank, left.pos) < (left.priority, right.rank, right.pos) { best = index }
        }
        guard let best else { return nil }
        defer { lanes[best].next += 1 }
        return lanes[best].heads[lanes[best].next].seq
    }

    private mutating func fill(_ index: Int, _ transaction: WriteTransaction) throws {
        guard !lanes[index].isAtEnd else { return }
        let heads = try transaction.query(
            """
            SELECT seq, priority, rank, pos FROM roost_job WHERE state = 1 AND queue = ? AND kind = ?
            ORDER BY priority DESC, rank, pos LIMIT ? OFFSET ?
            """
        ).bind(1, queue).bind(2, lanes[index].kind).bind(3, chunk).bind(4, lanes[index].read)
            .all { Head(seq: $0.int(0), key: ($0.int(1), $0.int(2), $0.int(3))) }
        lanes[index].heads = heads
        lanes[index].next = 0
        lanes[index].read += heads.count
        lanes[index].isAtEnd = heads.count < chunk
    }
}
