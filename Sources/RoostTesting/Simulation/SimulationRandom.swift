import RoostCore
import Synchronization

/// All chance of one part of a simulation. Each part has its own, so that a draw more in one leaves the others as they are.
package final class SimulationRandom: Sendable {
    private let generator: Mutex<SeededRandom>

    package init(seed: UInt64) {
        self.generator = Mutex(SeededRandom(seed: seed))
    }

    /// A source for another part.
    package func fork() -> SimulationRandom {
        SimulationRandom(seed: bits())
    }

    package func bits() -> UInt64 {
        generator.withLock { $0.next() }
    }

    package func int(in range: Range<Int>) -> Int {
        generator.withLock { Int.random(in: range, using: &$0) }
    }

    /// From 0 up to 1.
    package func fraction() -> Double {
        generator.withLock { Double.random(in: 0..<1, using: &$0) }
    }

    /// True one time in `count`; never where it is 0.
    package func oneIn(_ count: Int) -> Bool {
        generator.withLock { $0.oneIn(count) }
    }

    package func duration(in range: Range<Duration>) -> Duration {
        range.lowerBound + (range.upperBound - range.lowerBound) * fraction()
    }

    package func pick<Value>(_ values: [Value]) -> Value {
        values[int(in: 0..<values.count)]
    }
}
