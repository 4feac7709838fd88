import Testing

@testable import RoostCore

@Suite("ClaimerStateMachine")
struct ClaimerStateMachineTests {
    private var claimer = ClaimerStateMachine(pollInterval: .seconds(1))

    /// A claim that hands out `count` of the `asked`, at once.
    private mutating func claim(_ count: Int, of asked: Int, nextDue: Duration? = nil, at now: Duration = .zero) {
        let call = claimer.willClaim(asked)
        claimer.didClaim(call, count: count, nextDue: nextDue, now: now)
    }

    /// Brings the rate to `rate` jobs a second, by the time `.milliseconds(100)`.
    private mutating func setRate(_ rate: Int) {
        claimer.didFinish(0, now: .zero)
        claimer.didFinish(rate / 10, now: .milliseconds(100))
    }

    // MARK: When to ask

    @Test("it asks at once for what the free slots take")
    func asksAtOnce() {
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
        #expect(claimer.deadline == nil)
    }

    @Test("it asks for nothing while no slot is free and no buffer is worth filling")
    func asksNothing() {
        #expect(claimer.demand(free: 0, buffered: 0, now: .zero) == nil)
    }

    @Test("it does not ask for what a claim on its way may bring")
    mutating func expected() {
        let call = claimer.willClaim(4)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == nil)
        #expect(claimer.demand(free: 6, buffered: 0, now: .zero) == 2)
        claimer.didClaim(call, count: 4, nextDue: nil, now: .zero)
        #expect(claimer.demand(free: 6, buffered: 0, now: .zero) == 6)
    }

    @Test("a claim that failed is not expected any more, and another's answer does not end the pause after it")
    mutating func oneOfSeveralFails() {
        let (first, second) = (claimer.willClaim(4), claimer.willClaim(4))
        claimer.claimFailed(first, pause: .milliseconds(80), now: .zero)
        claimer.didClaim(second, count: 4, nextDue: nil, now: .zero)
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(79)) == nil)
        #expect(claimer.deadline == .milliseconds(80))
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(80)) == 4)
    }

    @Test("a wake-up concerns the claims that were sent before it")
    mutating func wakeBetweenClaims() {
        let first = claimer.willClaim(4)
        claimer.wake()
        let second = claimer.willClaim(4)
        claimer.didClaim(first, count: 0, nextDue: nil, now: .zero)
        #expect(claimer.deadline == nil)
        claimer.didClaim(second, count: 0, nextDue: nil, now: .zero)
        #expect(claimer.deadline == .seconds(1))
    }

    @Test("a claim that the store cut short is followed by another at once")
    mutating func cut() {
        let call = claimer.willClaim(4)
        claimer.didClaim(call, count: 2, isCut: true, nextDue: nil, now: .zero)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
    }

    @Test("a claim that was full is followed by another at once")
    mutating func fullClaim() {
        claim(4, of: 4)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
    }

    @Test("after a claim that was not full it sleeps until the poll", arguments: [0, 3])
    mutating func shortClaim(count: Int) {
        claim(count, of: 4, at: .seconds(7))
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(7999)) == nil)
        #expect(claimer.deadline == .seconds(8))
        #expect(claimer.demand(free: 4, buffered: 0, now: .seconds(8)) == 4)
    }

    @Test("it asks along when ends are told, for what they make ready, but not for a buffer alone or in a pause")
    mutating func asksAlong() {
        claim(0, of: 4)
        #expect(claimer.demand(free: 1, buffered: 0, settles: true, now: .zero) == 1)
        #expect(claimer.demand(free: 0, buffered: 0, settles: true, now: .zero) == nil)
        let call = claimer.willClaim(1)
        #expect(claimer.demand(free: 1, buffered: 0, settles: true, now: .zero) == nil)
        claimer.claimFailed(call, pause: .seconds(1), now: .zero)
        #expect(claimer.demand(free: 1, buffered: 0, settles: true, now: .zero) == nil)
    }

    @Test("a wake-up ends the sleep")
    mutating func wakes() {
        claim(0, of: 4)
        claimer.wake()
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
        #expect(claimer.deadline == nil)
    }

    @Test("a wake-up during a claim is not lost, though the claim found nothing")
    mutating func wakeDuringClaim() {
        let call = claimer.willClaim(4)
        claimer.wake()
        claimer.didClaim(call, count: 0, nextDue: nil, now: .zero)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
    }

    @Test("a wake-up before a claim does not make a second one")
    mutating func wakeBeforeClaim() {
        claimer.wake()
        claim(0, of: 4)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == nil)
    }

    @Test("a job that is due before the poll is asked for when it is due")
    mutating func nextDue() {
        claim(0, of: 4, nextDue: .milliseconds(300))
        #expect(claimer.deadline == .milliseconds(300))
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(299)) == nil)
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(300)) == 4)
    }

    @Test("a job that is due after the poll does not delay the poll")
    mutating func nextDueLate() {
        claim(0, of: 4, nextDue: .seconds(60))
        #expect(claimer.deadline == .seconds(1))
    }

    @Test("a job that is due already is asked for at once")
    mutating func nextDueNow() {
        claim(0, of: 4, nextDue: .zero)
        #expect(claimer.demand(free: 4, buffered: 0, now: .zero) == 4)
    }

    // MARK: Failure

    @Test("after a failed claim it asks again when the pause is over")
    mutating func failure() {
        let call = claimer.willClaim(4)
        claimer.claimFailed(call, pause: .milliseconds(80), now: .seconds(2))
        #expect(claimer.deadline == .milliseconds(2080))
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(2079)) == nil)
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(2080)) == 4)
    }

    @Test("a wake-up does not cut the pause after a failure short")
    mutating func wakeDuringPause() {
        let call = claimer.willClaim(4)
        claimer.claimFailed(call, pause: .milliseconds(80), now: .zero)
        claimer.wake()
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(79)) == nil)
        #expect(claimer.deadline == .milliseconds(80))
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(80)) == 4)
    }

    @Test("once a claim went well after a failure, wake-ups count again")
    mutating func wakeAfterPause() {
        let call = claimer.willClaim(4)
        claimer.claimFailed(call, pause: .milliseconds(80), now: .zero)
        claim(0, of: 4, at: .milliseconds(80))
        claimer.wake()
        #expect(claimer.demand(free: 4, buffered: 0, now: .milliseconds(80)) == 4)
    }

    // MARK: The buffer

    @Test("no buffer is held before a rate is known")
    func noBuffer() {
        #expect(claimer.bufferTarget == 0)
    }

    @Test("the buffer holds what is finished in a quarter of a second")
    mutating func bufferTarget() {
        setRate(400)
        #expect(claimer.bufferTarget == 100)
        #expect(claimer.demand(free: 2, buffered: 0, now: .zero) == 102)
    }

    @Test("the buffer is filled when it is half empty, not before")
    mutating func bufferFilledByHalves() {
        setRate(400)
        #expect(claimer.demand(free: 0, buffered: 51, now: .zero) == nil)
        #expect(claimer.demand(free: 0, buffered: 50, now: .zero) == 50)
    }

    @Test("a buffer smaller than the free slots is filled, however full it is")
    mutating func bufferBelowFree() {
        setRate(400)
        #expect(claimer.demand(free: 60, buffered: 59, now: .zero) == 101)
    }

    @Test("no claim asks for more than 500, and no buffer holds more than 1,000")
    mutating func limits() {
        setRate(1_000_000)
        #expect(claimer.bufferTarget == 1000)
        #expect(claimer.demand(free: 8, buffered: 0, now: .zero) == 500)
    }

    @Test("a rate is not believed before it was measured for 50 ms, or for 10 ms in which 100 jobs were finished")
    mutating func rateWindow() {
        claimer.didFinish(0, now: .zero)
        claimer.didFinish(99, now: .milliseconds(49))
        #expect(claimer.rate == 0)
        claimer.didFinish(1, now: .milliseconds(50))
        #expect(claimer.rate == 2000)
        claimer.didFinish(500, now: .milliseconds(59))
        #expect(claimer.rate == 2000)
        claimer.didFinish(0, now: .milliseconds(60))
        #expect(claimer.rate == 50000)
    }

    @Test("four claims at once bring 250 each, and what they may bring comes on top of the buffer")
    mutating func limitsOfSeveral() {
        claimer = ClaimerStateMachine(pollInterval: .seconds(1), claimsAtOnce: 4)
        setRate(1_000_000)
        #expect(claimer.bufferTarget == 1750)
        for _ in 0..<4 {
            #expect(claimer.demand(free: 8, buffered: 0, now: .zero) == 250)
            _ = claimer.willClaim(250)
        }
        #expect(claimer.demand(free: 8, buffered: 0, now: .zero) == nil)
    }

    @Test("slots that end together are no rate yet: it is measured for a second, or until each has ended twice")
    mutating func burst() {
        claimer = ClaimerStateMachine(pollInterval: .seconds(1), slots: 300)
        claimer.didFinish(0, now: .zero)
        claimer.didFinish(300, now: .milliseconds(100))
        #expect(claimer.rate == 0)
        claimer.didFinish(0, now: .seconds(1))
        #expect(claimer.rate == 300)
        claimer.didFinish(600, now: .milliseconds(1100))
        #expect(claimer.rate == 6000)
    }

    @Test("a rate rises at once and falls by halves")
    mutating func rateFalls() {
        setRate(400)
        claimer.didFinish(10, now: .milliseconds(200))
        #expect(claimer.rate == 250)
        claimer.didFinish(90, now: .milliseconds(300))
        #expect(claimer.rate == 900)
    }

    @Test("once the buffer went stale, none is filled until a rate is measured anew")
    mutating func stale() {
        setRate(400)
        claimer.bufferWentStale()
        #expect(claimer.bufferTarget == 0)
        #expect(claimer.demand(free: 0, buffered: 0, now: .seconds(3)) == nil)
        claimer.didFinish(0, now: .seconds(4))
        claimer.didFinish(10, now: .milliseconds(4100))
        #expect(claimer.rate == 100)
    }
}
