import Foundation
import RoostTesting
import Testing

@testable import RoostCore

@Suite("Timestamp")
struct TimestampTests {
    private let moment = Timestamp(microseconds: 1_700_000_000_123_456)

    @Test("a moment later by a duration, and back, is the same moment")
    func addsAndSubtracts() {
        let later = moment + .milliseconds(1500)
        #expect(later.microseconds == 1_700_000_001_623_456)
        #expect(later - .milliseconds(1500) == moment)
    }

    @Test("the difference of two moments is the duration between them")
    func difference() {
        #expect((moment + .seconds(90)) - moment == .seconds(90))
        #expect(moment - (moment + .seconds(90)) == .seconds(-90))
    }

    @Test("moments are ordered by time")
    func order() {
        #expect(moment < moment + .microseconds(1))
        #expect(.distantPast < moment && moment < .distantFuture)
    }

    @Test(
        "a sum past the end of time is the end of time",
        arguments: [
            Duration.microseconds(Int64.max), .seconds(Int64.max), .seconds(Int64.max) * 10, .days(106_751_992),
        ]
    )
    func addingSaturates(duration: Duration) {
        #expect(moment + duration == .distantFuture)
        #expect(moment - (.zero - duration) == .distantFuture)
    }

    @Test(
        "a difference before the beginning of time is its beginning",
        arguments: [Duration.seconds(Int64.max), .seconds(Int64.max) * 10, .days(200_000_000)]
    )
    func subtractingSaturates(duration: Duration) {
        let early = Timestamp(microseconds: -1_700_000_000_123_456)
        #expect(early - duration == .distantPast)
        #expect(early + (.zero - duration) == .distantPast)
    }

    @Test("the ends of time do not move further")
    func endsStay() {
        #expect(.distantFuture + .microseconds(1) == Timestamp.distantFuture)
        #expect(.distantPast - .microseconds(1) == Timestamp.distantPast)
    }

    @Test("the span between the ends of time saturates")
    func spanSaturates() {
        #expect(Timestamp.distantFuture - Timestamp.distantPast == .microseconds(Int64.max))
        #expect(Timestamp.distantPast - Timestamp.distantFuture == .microseconds(Int64.min))
    }

    @Test("a moment becomes a date and the same moment again, to the microsecond")
    func dateRoundTrip() {
        var generator = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            // From 1970 to 2100.
            let moment = Timestamp(microseconds: .random(in: 0...4_102_444_800_000_000, using: &generator))
            #expect(Timestamp(moment.date) == moment)
        }
    }

    @Test("a date between two microseconds is read as the nearer one")
    func nearest() {
        #expect(Timestamp(Date(timeIntervalSince1970: 0.000_001_9)).microseconds == 2)
        #expect(Timestamp(Date(timeIntervalSince1970: -0.000_001_9)).microseconds == -2)
    }

    @Test("a date before 1970 is read as the nearest moment too")
    func dateBeforeEpoch() {
        #expect(Timestamp(Date(timeIntervalSince1970: -1.5)).microseconds == -1_500_000)
        let moment = Timestamp(microseconds: -1_234_567_890_123)
        #expect(Timestamp(moment.date) == moment)
    }

    @Test("a date out of range is held within it")
    func dateOutOfRange() {
        #expect(Timestamp(.distantFuture).microseconds == 64_092_211_200_000_000)
        #expect(Timestamp(Date(timeIntervalSince1970: 1e300)) == .distantFuture)
        #expect(Timestamp(Date(timeIntervalSince1970: -1e300)) == .distantPast)
        #expect(Timestamp(Date(timeIntervalSince1970: .infinity)) == .distantFuture)
        #expect(Timestamp(Date(timeIntervalSince1970: .nan)).microseconds == 0)
    }

    @Test("a moment is printed in ISO 8601, in UTC, with milliseconds")
    func prints() {
        #expect(Timestamp(microseconds: 1_795_453_740_123_000).description == "2026-11-23T17:09:00.123Z")
        #expect(Timestamp(microseconds: 0).description == "1970-01-01T00:00:00.000Z")
    }

    @Test("every millisecond of a second is printed as itself")
    func printsEveryMillisecond() {
        for millisecond in 0..<1000 {
            let moment = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(millisecond) * 1000)
            #expect(moment.description == "2023-11-14T22:13:20.\(String(format: "%03d", millisecond))Z")
        }
    }

    @Test("a moment before 1970 is printed as the millisecond it lies in")
    func printsBeforeEpoch() {
        #expect(Timestamp(microseconds: -1).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(microseconds: -1000).description == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(microseconds: -1001).description == "1969-12-31T23:59:59.998Z")
    }

    @Test("the ends of time can be printed")
    func printsEnds() {
        #expect(!Timestamp.distantFuture.description.isEmpty)
        #expect(!Timestamp.distantPast.description.isEmpty)
    }

    @Test("a moment is coded and decoded as the same")
    func codes() throws {
        let data = try JSONEncoder().encode([moment])
        #expect(try JSONDecoder().decode([Timestamp].self, from: data) == [moment])
    }
}
