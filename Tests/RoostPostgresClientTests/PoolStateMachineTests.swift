import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct PoolStateMachineTests {
    private let start = ContinuousClock.now
    private var machine = PoolStateMachine(limit: 2, timeout: .seconds(1))

    private func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private func describe(_ outcome: PoolStateMachine.Outcome) -> String {
        var words = outcome.grants.map { "\($0.waiter)=\($0.connection)" }
        words += outcome.failures.map { failure in
            switch failure.error {
            case .unreachable(let reason): "\(failure.waiter) unreachable \(reason)"
            case .timedOut: "\(failure.waiter) timed out"
            case .poolExhausted: "\(failure.waiter) exhausted"
            case .closed: "\(failure.waiter) closed"
            default: "\(failure.waiter) failed"
            }
        }
        words += outcome.drops.map { "drop \($0)" }
        if outcome.opens > 0 { words.append("open \(outcome.opens)") }
        return words.joined(separator: ", ")
    }

    private mutating func acquire(_ id: Int, isUrgent: Bool = false, deadline: Double = 30, now: Double = 0) -> String {
        describe(machine.acquire(waiter: id, isUrgent: isUrgent, deadline: at(deadline), now: at(now)))
    }

    private mutating func release(_ connection: Int, isUsable: Bool = true, now: Double = 0) -> String {
        describe(machine.release(connection, isUsable: isUsable, now: at(now)))
    }

    private mutating func opened(_ connection: Int, now: Double = 0) -> String {
        describe(machine.opened(connection, now: at(now)))
    }

    private mutating func failed(_ message: String = "x", final: PostgresError? = nil, now: Double = 0) -> String {
        describe(machine.openFailed(message, final: final, now: at(now), chance: 1))
    }

    private mutating func tick(_ now: Double) -> String { describe(machine.tick(now: at(now))) }

    @Test("a connection is made when there is none, and kept")
    mutating func reuse() {
        #expect(acquire(1) == "open 1")
        #expect(opened(10) == "1=10")
        #expect(release(10) == "")
        #expect(acquire(2) == "2=10")
    }

    @Test("beyond the limit the first that came is the first served")
    mutating func order() {
        #expect(acquire(1) == "open 1")
        #expect(acquire(2) == "open 1")
        #expect(acquire(3) == "")
        #expect(acquire(4) == "")
        #expect(opened(10) == "1=10")
        #expect(release(10) == "2=10")
        #expect(opened(11) == "3=11")
        #expect(release(10) == "4=10")
    }

    @Test("one that comes again for the same call has the place that it had")
    mutating func again() {
        _ = acquire(1, deadline: 40)
        _ = acquire(2, deadline: 41)
        _ = acquire(3, deadline: 30)
        #expect(opened(10) == "3=10")
    }

    @Test("an urgent call has one more connection, which others do not use")
    mutating func urgent() {
        _ = (acquire(1), acquire(2), opened(10), opened(11))
        #expect(acquire(3) == "")
        #expect(acquire(4, isUrgent: true) == "open 1")
        #expect(acquire(5, isUrgent: true) == "")
        #expect(opened(12) == "4=12")
        #expect(release(12) == "5=12")
        #expect(release(12) == "")
        #expect(acquire(6, isUrgent: true) == "6=12")
        #expect(release(10) == "")
        #expect(release(11) == "3=11")
    }

    @Test("a broken one is replaced where somebody waits")
    mutating func broken() {
        _ = (acquire(1), acquire(2), acquire(3), opened(10), opened(11))
        #expect(release(10, isUsable: false) == "drop 10, open 1")
        #expect(opened(12) == "3=12")
        #expect(describe(machine.lost(10, now: at(0))) == "")
    }

    @Test("after a failure one connection is made at a time, each later than the last")
    mutating func backoff() {
        #expect(acquire(1) == "open 1")
        #expect(acquire(2) == "open 1")
        #expect(failed() == "")
        #expect(machine.nextTick == at(30))
        #expect(failed() == "")
        #expect(machine.nextTick == at(0.02))
        #expect(acquire(3) == "")
        #expect(tick(0.02) == "open 1")
        #expect(acquire(4, now: 0.02) == "")
        #expect(failed(now: 0.02) == "")
        #expect(machine.nextTick == at(0.06))
        #expect(tick(0.06) == "open 1")
        #expect(opened(10, now: 0.06) == "1=10, open 1")
    }

    @Test("a final failure is everybody's, and the next call tries anew")
    mutating func final() {
        _ = (acquire(1), acquire(2))
        #expect(failed(final: .refused("no")) == "1 failed, 2 failed")
        #expect(failed(final: .refused("no")) == "")
        #expect(acquire(3, now: 5) == "open 1")
    }

    @Test("patience ends with the reason")
    mutating func patience() {
        _ = acquire(1, deadline: 1)
        #expect(machine.nextTick == at(1))
        #expect(tick(1) == "1 unreachable there was no connection within 1.0 seconds")
        #expect(opened(10) == "")
        #expect(acquire(2) == "2=10")
        _ = (acquire(3), opened(11), acquire(4, deadline: 2))
        #expect(tick(2) == "4 exhausted")
        #expect(release(10, isUsable: false) == "drop 10")
        #expect(acquire(5, deadline: 3) == "open 1")
        #expect(failed("dead") == "")
        #expect(tick(3).hasPrefix("5 unreachable dead"))
    }

    @Test("idle connections beyond one grow old")
    mutating func idle() {
        _ = (acquire(1), acquire(2), opened(10), opened(11))
        _ = (release(10, now: 1), release(11, now: 2))
        #expect(machine.nextTick == at(61))
        #expect(tick(60) == "")
        #expect(tick(61) == "drop 10")
        #expect(machine.nextTick == nil)
        #expect(tick(1000) == "")
        #expect(acquire(3) == "3=11")
    }

    @Test("after a failover no connection from before is used again")
    mutating func renew() {
        _ = (acquire(1), acquire(2), opened(10), opened(11), release(10))
        #expect(describe(machine.renew(before: 12, now: at(0))) == "drop 10")
        #expect(acquire(3) == "open 1")
        #expect(release(11) == "drop 11")
        #expect(opened(13) == "3=13")
        #expect(release(13) == "")
    }

    @Test("nor one that was on its way then")
    mutating func renewWhileOpening() {
        _ = acquire(1)
        #expect(describe(machine.renew(before: 12, now: at(0))) == "")
        #expect(opened(11) == "drop 11, open 1")
        #expect(opened(13) == "1=13")
    }

    @Test("closed, it takes no calls, and is over once the last has ended")
    mutating func close() {
        _ = (acquire(1), acquire(2), opened(10), opened(11), release(10), acquire(3), acquire(4))
        #expect(describe(machine.close()) == "4 closed")
        #expect(!machine.isOver)
        #expect(acquire(5) == "5 closed")
        #expect(release(10) == "drop 10")
        #expect(release(11) == "drop 11")
        #expect(machine.isOver)
        #expect(opened(12) == "drop 12")
    }
}
