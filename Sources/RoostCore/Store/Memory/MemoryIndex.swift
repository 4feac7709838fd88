/// Finds the row of a job by its id: a hash table of slot numbers alone, since the ids are in the rows.
///
/// A dictionary by id takes as much time as all else that is done to a job here: its hash is made against strangers who
/// choose the keys, and ids are random already.
struct MemoryIndex {
    /// Open addressing: an entry stands in the place its hash names, or in the next free one after it. It is the slot's
    /// number plus one in the low half and the upper half of the hash in the high one; 0: a free place.
    private var entries = [UInt64](repeating: 0, count: 64)
    private var count = 0

    /// The slot of `id`; nil where it has none.
    ///
    /// - Parameter isHeld: whether a slot's row is of that id.
    func slot(of id: JobID, where isHeld: (Int) -> Bool) -> Int? {
        place(of: id, where: isHeld).map { Self.slot(of: entries[$0]) }
    }

    /// Adds an id that is not there.
    mutating func insert(_ id: JobID, slot: Int) {
        if count * 2 >= entries.count { grow() }
        count += 1
        put(Self.hash(id) & Self.upperHalf | UInt64(slot + 1))
    }

    mutating func remove(_ id: JobID, where isHeld: (Int) -> Bool) {
        guard var free = place(of: id, where: isHeld) else { return }
        count -= 1
        // What follows without a gap moves up where it may, so that no search ends before it.
        var next = after(free)
        while entries[next] != 0 {
            let first = firstPlace(of: entries[next])
            if (next - first) & mask >= (next - free) & mask {
                entries[free] = entries[next]
                free = next
            }
            next = after(next)
        }
        entries[free] = 0
    }

    private static let upperHalf: UInt64 = 0xFFFF_FFFF_0000_0000

    private var mask: Int { entries.count - 1 }

    private func after(_ place: Int) -> Int { (place + 1) & mask }

    /// Ids differ in their random bits, or, where they are counted up, in the last ones of a half: a multiplication
    /// carries these to the upper ones.
    private static func hash(_ id: JobID) -> UInt64 {
        let mixed = (id.low ^ (id.high << 32 | id.high >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return (mixed ^ mixed >> 32) &* 0xD6E8_FEB8_6659_FD93
    }

    private static func slot(of entry: UInt64) -> Int { Int(entry & ~upperHalf) - 1 }

    private func firstPlace(of entry: UInt64) -> Int { Int(entry >> 32) & mask }

    private func place(of id: JobID, where isHeld: (Int) -> Bool) -> Int? {
        let hash = Self.hash(id) & Self.upperHalf
        var place = firstPlace(of: hash)
        while entries[place] != 0 {
            if entries[place] & Self.upperHalf == hash, isHeld(Self.slot(of: entries[place])) { return place }
            place = after(place)
        }
        return nil
    }

    private mutating func put(_ entry: UInt64) {
        var place = firstPlace(of: entry)
        while entries[place] != 0 { place = after(place) }
        entries[place] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [UInt64](repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 { put(entry) }
    }
}
