import Testing

@testable import RoostCore

@Suite("MemoryIndex")
struct MemoryIndexTests {
    /// Ids as they may come: made by the generator, counted up in either half, and all but equal.
    private static let sources: [@Sendable (Int) -> JobID] = [
        { _ in JobID() },
        { JobID(high: 0, low: UInt64($0)) },
        { JobID(high: UInt64($0), low: 0) },
        { JobID(high: UInt64($0) << 48, low: UInt64($0) << 48) },
        { JobID(high: UInt64($0), low: UInt64($0)) },
    ]

    @Test("finds what a dictionary finds, through ten thousand insertions and removals", arguments: sources.indices)
    func likeADictionary(source: Int) {
        var index = MemoryIndex()
        var ids: [JobID] = []
        var present: [JobID: Int] = [:]
        var random = Dice(state: UInt64(source) + 1)
        for number in 0..<10_000 {
            if present.isEmpty || random.next() % 3 > 0 {
                let id = Self.sources[source](number)
                index.insert(id, slot: ids.count)
                present[id] = ids.count
                ids.append(id)
            } else {
                let slot = Int(random.next() % UInt64(ids.count))
                let id = ids[slot]
                index.remove(id) { $0 == slot && present[id] == slot }
                present[id] = nil
            }
        }
        for (slot, id) in ids.enumerated() {
            #expect(index.slot(of: id) { ids[$0] == id } == (present[id] == nil ? nil : slot))
        }
    }

    /// The same sequence each time.
    private struct Dice {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
