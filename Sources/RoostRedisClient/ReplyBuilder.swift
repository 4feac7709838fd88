/// Puts a reply together from its parts, which come in the order of the bytes: an array before its elements.
struct ReplyBuilder {
    /// An array whose elements are not all there.
    private struct OpenArray {
        var values: [RedisValue] = []
        var missing: Int
    }

    private var open: [OpenArray] = []
    private var finished: RedisValue?

    mutating func add(_ value: RedisValue) {
        var value = value
        while let last = open.indices.last {
            open[last].values.append(value)
            open[last].missing -= 1
            if open[last].missing > 0 { return }
            value = .array(open.removeLast().values)
        }
        finished = value
    }

    mutating func addArray(of count: Int) {
        guard count > 0 else { return add(.array([])) }
        var array = OpenArray(missing: count)
        // The count is what the server claims: it does not decide how much memory is taken before the bytes come.
        array.values.reserveCapacity(min(count, 4096))
        open.append(array)
    }

    /// The reply, if it is complete.
    mutating func take() -> RedisValue? {
        defer { finished = nil }
        return finished
    }
}
