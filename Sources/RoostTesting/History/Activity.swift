/// When workers' calls succeeded: the time in which a store can be expected to be kept in order.
struct Activity {
    private let times: [Int64]
    /// For each time, the sum of the gaps before it, without the longer ones.
    private let sums: [Int64]
    private let longestGap: Int64

    init(times: [Int64] = [], longestGap: Int64 = 0) {
        self.times = times.sorted()
        self.longestGap = longestGap
        var sums: [Int64] = []
        sums.reserveCapacity(times.count)
        var sum: Int64 = 0
        for (index, time) in self.times.enumerated() {
            if index > 0 { sum += Self.counted(time - self.times[index - 1], longestGap) }
            sums.append(sum)
        }
        self.sums = sums
    }

    /// How much of the time between two moments lies between calls that succeeded, of which none was long after the one
    /// before. Where no worker was heard of, no time passes.
    func time(from start: Int64, to end: Int64) -> Int64 {
        guard end > start else { return 0 }
        let first = times.partitioningIndex { $0 >= start }
        let last = times.partitioningIndex { $0 > end } - 1
        guard first <= last else { return 0 }
        return Self.counted(times[first] - start, longestGap) + sums[last] - sums[first]
            + Self.counted(end - times[last], longestGap)
    }

    private static func counted(_ gap: Int64, _ longest: Int64) -> Int64 { gap <= longest ? gap : 0 }
}

extension Array {
    /// The first place from which on `belongs` holds; the elements for which it holds stand last.
    func partitioningIndex(_ belongs: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if belongs(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
