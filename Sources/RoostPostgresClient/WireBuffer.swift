/// Values as the binary format has them, one behind another.
struct WireBuffer: Sendable {
    private(set) var bytes: [UInt8] = []

    var count: Int { bytes.count }

    mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ flag: Bool) {
        bytes.append(flag ? 1 : 0)
    }

    mutating func put(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    mutating func put(bytes more: some Collection<UInt8>) {
        if more.withContiguousStorageIfAvailable({ bytes.append(contentsOf: $0) }) == nil {
            bytes.append(contentsOf: more)
        }
    }

    mutating func put(id: (high: UInt64, low: UInt64)) {
        put(id.high)
        put(id.low)
    }

    /// Writes over four bytes that are there already.
    mutating func replace(at index: Int, by number: Int32) {
        withUnsafeBytes(of: number.bigEndian) { bytes.replaceSubrange(index..<(index + 4), with: $0) }
    }

    mutating func truncate(to count: Int) {
        bytes.removeLast(bytes.count - count)
    }
}
