import Foundation
import RoostTesting
import Testing

@testable import RoostCore

@Suite("Backoff")
struct BackoffTests {
    private func delays(_ backoff: Backoff, upTo failures: Int) -> [Duration] {
        (1...failures).map { backoff.delay(afterFailure: $0, chance: 0) }
    }

    // MARK: Shapes

    @Test("a constant backoff waits the same each time")
    func constant() {
        #expect(delays(.constant(.seconds(3)), upTo: 3) == [.seconds(3), .seconds(3), .seconds(3)])
    }

    @Test("a linear backoff waits a step more each time")
    func linear() {
        #expect(delays(.linear(by: .seconds(2)), upTo: 3) == [.seconds(2), .seconds(4), .seconds(6)])
    }

    @Test("an exponential backoff waits a factor longer each time")
    func exponential() {
        #expect(
            delays(.exponential(from: .seconds(1)), upTo: 4) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]
        )
        #expect(
            delays(.exponential(from: .seconds(1), factor: 3), upTo: 3) == [.seconds(1), .seconds(3), .seconds(9)]
        )
    }

    @Test("a factor of 1 waits the same each time")
    func factorOne() {
        #expect(delays(.exponential(from: .seconds(5), factor: 1), upTo: 3) == [.seconds(5), .seconds(5), .seconds(5)])
    }

    @Test("of a list of delays, the last one holds from then on")
    func list() {
        let backoff = Backoff.delays([.seconds(1), .seconds(5), .minutes(2)])
        #expect(delays(backoff, upTo: 5) == [.seconds(1), .seconds(5), .minutes(2), .minutes(2), .minutes(2)])
    }

    @Test("a custom rule is asked for each failure from 1, once")
    func custom() {
        var asked: [Int] = []
        let backoff = Backoff.custom(upTo: 4) { failure in
            asked.append(failure)
            return .seconds(failure * failure)
        }
        #expect(asked == [1, 2, 3, 4])
        #expect(delays(backoff, upTo: 5) == [.seconds(1), .seconds(4), .seconds(9), .seconds(16), .seconds(16)])
    }

    @Test("a zero delay stays zero")
    func zero() {
        #expect(delays(.exponential(from: .zero), upTo: 3) == [.zero, .zero, .zero])
        #expect(delays(.linear(by: .zero), upTo: 3) == [.zero, .zero, .zero])
    }

    @Test("a failure number below 1 counts as the first", arguments: [0, -1, Int.min])
    func failureBelowOne(failure: Int) {
        #expect(Backoff.linear(by: .seconds(2)).delay(afterFailure: failure, chance: 0) == .seconds(2))
        #expect(Backoff.delays([.seconds(7)]).delay(afterFailure: failure, chance: 0) == .seconds(7))
    }

    @Test(
        "without jitter a delay is exact",
        arguments: [
            Duration.seconds(86_401), .nanoseconds(1), .days(36_500) - .nanoseconds(1), .milliseconds(1_234_567),
        ]
    )
    func exact(delay: Duration) {
        #expect(Backoff.constant(delay).delay(afterFailure: 1, chance: 0.7) == delay)
        #expect(Backoff.delays([delay]).delay(afterFailure: 9, chance: 0.7) == delay)
    }

    // MARK: Cap

    @Test("no delay is longer than the cap")
    func cap() {
        #expect(delays(.linear(by: .seconds(4), cap: .seconds(10)), upTo: 4).last == .seconds(10))
        #expect(delays(.exponential(from: .seconds(4), cap: .seconds(10)), upTo: 4).last == .seconds(10))
    }

    @Test("a first delay above the cap is the cap")
    func firstAboveCap() {
        #expect(delays(.linear(by: .minutes(5), cap: .seconds(10)), upTo: 1) == [.seconds(10)])
        #expect(delays(.exponential(from: .minutes(5), cap: .seconds(10)), upTo: 1) == [.seconds(10)])
    }

    @Test("the cap is an hour by default")
    func defaultCap() {
        #expect(Backoff.exponential(from: .seconds(1)).delay(afterFailure: 100, chance: 0) == .hours(1))
        #expect(Backoff.linear(by: .seconds(1)).delay(afterFailure: 10_000, chance: 0) == .hours(1))
    }

    @Test("huge numbers of failures do not overflow", arguments: [1000, 1 << 40, Int.max])
    func hugeFailures(failure: Int) {
        let cap = JobOptions.longest
        let steep = Backoff.exponential(from: .seconds(1), factor: 1e300, cap: cap, jitter: 0)
        let double = Backoff.exponential(from: .seconds(1), cap: cap, jitter: 0)
        for backoff in [steep, double, .linear(by: .days(100), cap: cap)] {
            #expect(backoff.delay(afterFailure: failure, chance: 0) == cap)
        }
        #expect(Backoff.delays([.seconds(1)]).delay(afterFailure: failure, chance: 0) == .seconds(1))
    }

    // MARK: Jitter

    @Test("a delay with jitter lies between the fixed part and the whole", arguments: 0..<50 as Range<UInt64>)
    func jitterBounds(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let jitter = Double.random(in: 0...1, using: &generator)
        let first = Duration.milliseconds(Int.random(in: 1...100_000, using: &generator))
        let backoffs: [Backoff] = [
            .constant(first, jitter: jitter), .linear(by: first, jitter: jitter),
            .exponential(from: first, factor: .random(in: 1...4, using: &generator), jitter: jitter),
            .delays([first, first * 3], jitter: jitter),
        ]
        for backoff in backoffs {
            for failure in 1...20 {
                let whole = backoff.delay(afterFailure: failure, chance: 0)
                let delay = backoff.delay(afterFailure: failure, chance: .random(in: 0..<1, using: &generator))
                #expect(delay <= whole)
                #expect(delay.seconds >= whole.seconds * (1 - jitter) - 1e-9)
            }
        }
    }

    @Test("an exponential backoff waits at least half of a delay by default")
    func defaultJitter() {
        let delay = Backoff.exponential(from: .seconds(8)).delay(afterFailure: 1, chance: 0.999_999)
        #expect(delay >= .seconds(4) && delay < .milliseconds(4001))
    }

    @Test("full jitter may wait next to nothing")
    func fullJitter() {
        #expect(Backoff.constant(.seconds(8), jitter: 1).delay(afterFailure: 1, chance: 0.999_999) < .milliseconds(1))
    }

    // MARK: Validation

    @Test(
        "a backoff at its limits is valid",
        arguments: [
            .constant(.zero), .constant(JobOptions.longest, jitter: 1), .linear(by: .zero, cap: .zero),
            .exponential(from: .zero, factor: 1, cap: JobOptions.longest, jitter: 0), .delays([.zero]),
            .custom { _ in .zero },
        ] as [Backoff]
    )
    func accepts(backoff: Backoff) throws {
        try backoff.validate()
    }

    @Test(
        "a backoff that cannot be meant is refused, and told why",
        arguments: [
            (.constant(.seconds(-1)), "the delay is -1.0 seconds"),
            (.constant(JobOptions.longest + .milliseconds(1)), "the delay is 3153600000.001 seconds"),
            (.linear(by: .seconds(-1)), "the step is -1.0 seconds"),
            (.linear(by: .zero, cap: .seconds(-1)), "the cap is -1.0 seconds"),
            (.exponential(from: .seconds(-1)), "the first delay is -1.0 seconds"),
            (.exponential(from: .zero, cap: .seconds(-1)), "the cap is -1.0 seconds"),
            (.exponential(from: .zero, factor: 0.99), "the factor is 0.99"),
            (.exponential(from: .zero, factor: .infinity), "the factor is inf"),
            (.exponential(from: .zero, factor: .nan), "the factor is nan"),
            (.delays([]), "the list of delays is empty"),
            (.delays([.zero, .seconds(-1)]), "delay 2 is -1.0 seconds"),
            (.custom(upTo: 0) { _ in .zero }, "the list of delays is empty"),
            (.custom(upTo: -5) { _ in .zero }, "the list of delays is empty"),
            (.custom { _ in .seconds(-1) }, "delay 1 is -1.0 seconds"),
            (.constant(.zero, jitter: -0.1), "jitter is -0.1"),
            (.constant(.zero, jitter: 1.1), "jitter is 1.1"),
            (.constant(.zero, jitter: .nan), "jitter is nan"),
        ] as [(Backoff, String)]
    )
    func refuses(backoff: Backoff, value: String) {
        let error = #expect(throws: InvalidJobOption.self) { try backoff.validate() }
        #expect(error?.option == "backoff")
        #expect(error?.value == value)
    }

    // MARK: Storing

    @Test(
        "a backoff is stored and read as the same",
        arguments: [
            .constant(.milliseconds(1)), .linear(by: .seconds(1), cap: .minutes(1), jitter: 0.25),
            .exponential(from: .nanoseconds(1), factor: 1.5, cap: .days(3)), .delays([.zero, .hours(2)]),
        ] as [Backoff]
    )
    func codes(backoff: Backoff) throws {
        #expect(try JSONDecoder().decode(Backoff.self, from: JSONEncoder().encode(backoff)) == backoff)
    }
}
