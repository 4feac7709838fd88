import Testing

@testable import RoostCore

@Suite("SoloTurn")
struct SoloTurnTests {
    private var turn = SoloTurn()

    @Test("anything may be claimed until a job comes that must run alone, and others run")
    mutating func open() {
        #expect(turn.claims(isQuiet: false, now: .seconds(1)) == .any)
        #expect(turn.deadline(isQuiet: false) == nil)
    }

    @Test("then nothing is, until nothing runs; then one job")
    mutating func awaits() {
        turn.gaveBack(now: .seconds(5))
        #expect(turn.claims(isQuiet: false, now: .seconds(6)) == .none)
        #expect(turn.deadline(isQuiet: false) == .seconds(15))
        #expect(turn.claims(isQuiet: true, now: .seconds(7)) == .one)
        #expect(turn.deadline(isQuiet: true) == nil)
        // The claim failed: it is made again.
        #expect(turn.claims(isQuiet: true, now: .seconds(8)) == .one)
        turn.cameToOne()
        #expect(turn.claims(isQuiet: false, now: .seconds(9)) == .any)
    }

    @Test("a second one that comes meanwhile does not lengthen the wait")
    mutating func second() {
        turn.gaveBack(now: .seconds(5))
        turn.gaveBack(now: .seconds(9))
        #expect(turn.deadline(isQuiet: false) == .seconds(15))
    }

    @Test("what runs for too long is not waited for: others are claimed for a minute, or until nothing runs")
    mutating func declines() {
        for isQuietAfterwards in [true, false] {
            turn.gaveBack(now: .zero)
            #expect(turn.claims(isQuiet: false, now: .seconds(10)) == .others)
            #expect(turn.claims(isQuiet: false, now: .seconds(69)) == .others)
            #expect(turn.deadline(isQuiet: false) == nil)
            let now = Duration.seconds(isQuietAfterwards ? 20 : 70)
            #expect(turn.claims(isQuiet: isQuietAfterwards, now: now) == .any)
        }
    }
}
