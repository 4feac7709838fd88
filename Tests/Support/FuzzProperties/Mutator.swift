import RoostTesting

/// Makes up inputs from a seed, out of known ones: what stands in for a fuzzer where there is none.
package struct Mutator {
    private var random: SeededRandom
    private let corpus: [[UInt8]]

    package init(seed: UInt64, corpus: [[UInt8]]) {
        self.random = SeededRandom(seed: seed)
        self.corpus = corpus.isEmpty ? [[]] : corpus
    }

    /// The next input: one of the corpus after one to eight changes.
    package mutating func next() -> [UInt8] {
        var bytes = pick()
        for _ in 0..<Int.random(in: 1...8, using: &random) { change(&bytes) }
        return bytes
    }

    private mutating func pick() -> [UInt8] { corpus[Int.random(in: 0..<corpus.count, using: &random)] }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4:
            let other = pick()
            let from = Int.random(in: 0...other.count, using: &random)
            let to = Int.random(in: from...other.count, using: &random)
            bytes.insert(contentsOf: other[from..<to], at: place)
        default: bytes.removeSubrange(place..<Int.random(in: place...bytes.count, using: &random))
        }
    }
}
