import Testing

@testable import RoostCore

@Suite("ExchangeWindow")
struct ExchangeWindowTests {
    /// How wide it is after claims of which those marked `o` followed another worker's.
    private func width(after claims: String, most: Int = 4) -> Int {
        var window = ExchangeWindow(most: most)
        for claim in claims { window.didClaim(followsOther: claim == "o") }
        return window.width
    }

    @Test("a worker alone has as many exchanges on their way as the store has room for")
    func alone() {
        #expect(ExchangeWindow(most: 4).width == 4)
        #expect(width(after: "....................") == 4)
    }

    @Test("beside others there is one: whether their claims come in turn with ours, or in blocks")
    func shared() {
        #expect(width(after: "oooo") == 1)
        #expect(width(after: "o...o...o...") == 1)
    }

    @Test("others that claim now and then count for nothing")
    func rarely() {
        #expect(width(after: "o") == 4)
        #expect(width(after: "o...............o...............o") == 4)
    }

    @Test("once the others are gone, the width comes back; one claim of theirs does not take it again")
    func gone() {
        #expect(width(after: "oooo..............") == 1)
        #expect(width(after: "oooo...............") == 4)
        #expect(width(after: "oooo...............o") == 4)
    }

    @Test("between few and many others it stays as it was")
    func between() {
        #expect(width(after: "o.......o.......o.......o") == 4)
        #expect(width(after: "ooo......o.......o.......o") == 1)
    }

    @Test("a store that is asked by one exchange at a time is asked so in any case")
    func narrow() {
        #expect(width(after: "", most: 1) == 1)
        #expect(width(after: "oooo", most: 1) == 1)
    }
}
