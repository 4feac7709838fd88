import Testing

@testable import RoostCore

@Suite("RandomWords")
struct RandomWordsTests {
    @Test("no word comes twice, within a draw and over many")
    func distinct() {
        let words = RandomWords()
        let drawn = (0..<1000).map { _ in words.next() }
        #expect(Set(drawn).count == 1000)
    }

    @Test("each bit is set in about half of the words")
    func bits() {
        let words = RandomWords()
        let drawn = (0..<4096).map { _ in words.next() }
        for bit in 0..<64 {
            // Eight standard deviations of 32 each: chance fails this once in 10^13 runs.
            #expect(abs(drawn.count { $0 >> bit & 1 == 1 } - 2048) < 256)
        }
    }
}
