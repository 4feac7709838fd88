#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What `pselect` is asked about, for any number of descriptors. It is there in place of `poll` for its finer time limit.
struct DescriptorSet {
    /// As the system lays `fd_set` out, where the lowest byte of a word comes first: on all machines that Swift is on.
    private var words = [UInt](repeating: 0, count: MemoryLayout<fd_set>.size / MemoryLayout<UInt>.size)
    private var end: Int32 = 0

    mutating func insert(_ descriptor: Int32) {
        let (word, bit) = Int(descriptor).quotientAndRemainder(dividingBy: UInt.bitWidth)
        if word >= words.count { words += [UInt](repeating: 0, count: word + 1 - words.count) }
        words[word] |= 1 << UInt(bit)
        end = max(end, descriptor + 1)
    }

    func contains(_ descriptor: Int32) -> Bool {
        let (word, bit) = Int(descriptor).quotientAndRemainder(dividingBy: UInt.bitWidth)
        return word < words.count && words[word] & (1 << UInt(bit)) != 0
    }

    /// Waits until one is ready, or for so many nanoseconds, and leaves those that are.
    ///
    /// - Parameter limit: nil: for ever.
    static func wait(readable: inout DescriptorSet, writable: inout DescriptorSet, limit: Int64?) {
        // The kernel looks at this many of both.
        let end = max(readable.end, writable.end)
        readable.makeRoom(for: end)
        writable.makeRoom(for: end)
        let count = readable.words.withUnsafeMutableBytes { readable in
            writable.words.withUnsafeMutableBytes { writable in
                let readable = readable.baseAddress?.assumingMemoryBound(to: fd_set.self)
                let writable = writable.baseAddress?.assumingMemoryBound(to: fd_set.self)
                guard let limit else { return pselect(end, readable, writable, nil, nil, nil) }
                var time = timespec()
                time.tv_sec = .init(limit / 1_000_000_000)
                time.tv_nsec = .init(limit % 1_000_000_000)
                return pselect(end, readable, writable, nil, &time, nil)
            }
        }
        // Interrupted: the sets are as they were, and nothing is known.
        if count < 0 { (readable, writable) = (DescriptorSet(), DescriptorSet()) }
    }

    private mutating func makeRoom(for end: Int32) {
        guard end > self.end, end > 0 else { return }
        let missing = Int(end - 1) / UInt.bitWidth + 1 - words.count
        if missing > 0 { words += [UInt](repeating: 0, count: missing) }
    }
}
