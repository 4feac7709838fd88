import DequeModule

/// What one claim call handed out.
struct MemoryLease {
    let token: Int64
    let worker: WorkerID
    /// In time since the machine started, so that no jump of the wall clock ends it.
    var until: Duration
    /// The slots of the rows it handed out.
    let members: [Int]
    /// How many of them are still under it.
    var open: Int
}

/// The leases that have jobs, in the order of their tokens.
struct MemoryLeases {
    // Tokens rise, so a lease is found by bisection and a new one goes to the end. One without jobs is dropped when it
    // comes to the front, or when such are the greater part.
    private var leases: Deque<MemoryLease> = []
    private var spent = 0

    mutating func append(_ lease: MemoryLease) {
        leases.append(lease)
    }

    func live() -> some Sequence<MemoryLease> {
        leases.lazy.filter { $0.open > 0 }
    }

    subscript(token: Int64) -> MemoryLease? {
        index(of: token).map { leases[$0] }
    }

    /// Sets when the lease ends.
    mutating func extend(_ token: Int64, until: Duration) {
        if let index = index(of: token) { leases[index].until = until }
    }

    /// Takes one job from under the lease.
    mutating func release(_ token: Int64) {
        guard let index = index(of: token) else { return }
        leases[index].open -= 1
        guard leases[index].open == 0 else { return }
        spent += 1
        while leases.first?.open == 0 {
            leases.removeFirst()
            spent -= 1
        }
        if spent > leases.count / 2 + 64 {
            leases.removeAll { $0.open == 0 }
            spent = 0
        }
    }

    private func index(of token: Int64) -> Int? {
        // Mostly the one at the end or the front.
        if let last = leases.last, last.token == token { return last.open > 0 ? leases.count - 1 : nil }
        var low = 0
        var high = leases.count
        while low < high {
            let middle = (low + high) / 2
            if leases[middle].token < token { low = middle + 1 } else { high = middle }
        }
        return low < leases.count && leases[low].token == token && leases[low].open > 0 ? low : nil
    }
}
