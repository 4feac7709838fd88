import Testing

@testable import RoostCore

@Suite("Duration units")
struct DurationUnitsTests {
    @Test("a minute has 60 seconds, an hour 60 minutes, a day 24 hours")
    func units() {
        #expect(Duration.minutes(2) == .seconds(120))
        #expect(Duration.hours(2) == .minutes(120))
        #expect(Duration.days(2) == .hours(48))
    }

    @Test("a negative count is a negative duration")
    func negative() {
        #expect(Duration.minutes(-1) == .seconds(-60))
    }

    @Test("any integer type counts")
    func integerTypes() {
        #expect(Duration.days(UInt8(255)) == .hours(Int64(6120)))
    }

    @Test("whole microseconds are rounded towards zero")
    func roundsTowardsZero() {
        #expect(Duration.nanoseconds(1999).wholeMicroseconds == 1)
        #expect(Duration.nanoseconds(-1999).wholeMicroseconds == -1)
        #expect((Duration.seconds(-3) - .nanoseconds(1)).wholeMicroseconds == -3_000_000)
    }

    @Test(
        "a duration within range keeps each microsecond",
        arguments: [0, 1, -1, 999_999, -1_000_001, .max - 1, .min + 1, .max, .min] as [Int64]
    )
    func keepsMicroseconds(count: Int64) {
        #expect(Duration.microseconds(count).wholeMicroseconds == count)
    }

    @Test("a duration out of range is held within it", arguments: [1, 10, 18])
    func saturates(factor: Int) {
        let long = Duration.seconds(Int64.max) * factor
        #expect(long.wholeMicroseconds == .max)
        #expect((.zero - long).wholeMicroseconds == .min)
    }

    @Test("a duration in seconds is as precise as a Double")
    func seconds() {
        #expect(Duration.milliseconds(1500).seconds == 1.5)
        #expect(Duration.milliseconds(-250).seconds == -0.25)
        #expect(Duration.zero.seconds == 0)
    }
}
