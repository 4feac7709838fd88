import RoostTesting
import Testing

@testable import RoostCore

@Suite("SettlerStateMachine")
struct SettlerStateMachineTests {
    private var settler = SettlerStateMachine(largestBatch: 1000)
    private var lastCall = 0
    private var ended: Set<Int> = [0]

    private mutating func add(_ names: String...) {
        for name in names { settler.add(.init(name)) }
    }

    /// The next call takes what it may.
    private mutating func take(at now: Duration = .zero) -> [String] {
        lastCall += 1
        return settler.take(for: lastCall, now: now).map(\.job.name)
    }

    /// A call succeeds: where none is named the last one, or the next where that has ended.
    private mutating func succeed(_ call: Int? = nil) -> [String] {
        settler.succeeded(end(call, at: .zero)).map(\.item.job.name)
    }

    /// A call fails: where none is named the last one, or the next where that has ended.
    @discardableResult
    private mutating func fail(_ call: Int? = nil, at now: Duration = .zero, chance: Double = 0) -> Duration {
        settler.failed(end(call, at: now), now: now, chance: chance)
    }

    private mutating func end(_ call: Int?, at now: Duration) -> Int {
        if call == nil, ended.contains(lastCall) { _ = take(at: now) }
        ended.insert(call ?? lastCall)
        return call ?? lastCall
    }

    @Test("there is nothing to tell at first")
    mutating func empty() {
        #expect(take().isEmpty)
        #expect(settler.unsettled == 0)
        #expect(settler.deadline == nil)
    }

    @Test("an end is told at once when nothing is on its way")
    mutating func atOnce() {
        add("a")
        #expect(settler.deadline == .zero)
        #expect(take() == ["a"])
    }

    @Test("what gathers during a call is told by the next one, together and in order")
    mutating func gathers() {
        add("a")
        _ = take()
        add("b", "c")
        #expect(succeed() == ["a"])
        #expect(take() == ["b", "c"])
    }

    @Test("an end counts as unsettled until the store has answered")
    mutating func unsettled() {
        add("a", "b")
        #expect(settler.unsettled == 2)
        _ = take()
        add("c")
        #expect(settler.unsettled == 3)
        _ = succeed()
        #expect(settler.unsettled == 1)
    }

    @Test("a call tells at most 1,000 ends, the earliest ones first")
    mutating func largestBatch() {
        for number in 0..<2500 { add("\(number)") }
        var told: [[String]] = []
        for _ in 0..<3 {
            told.append(take())
            _ = succeed()
        }
        #expect(told.map(\.count) == [1000, 1000, 500])
        #expect(told.flatMap { $0 } == (0..<2500).map(String.init))
    }

    @Test("1,000 ends are one batch")
    mutating func fullBatch() {
        for number in 0..<1000 { add("\(number)") }
        #expect(take().count == 1000)
    }

    @Test("after a failure the batch is told again, before what came later")
    mutating func retells() {
        add("a", "b")
        _ = take()
        add("c")
        fail()
        #expect(settler.unsettled == 3)
        #expect(take(at: .seconds(10)) == ["a", "b", "c"])
    }

    @Test("a batch that failed, with what came later, is cut to 1,000 again")
    mutating func retellsInBatches() {
        for number in 0..<1000 { add("\(number)") }
        _ = take()
        add("x")
        fail()
        #expect(take(at: .seconds(10)).count == 1000)
        _ = succeed()
        #expect(take(at: .seconds(10)) == ["x"])
    }

    @Test("nothing is told before the pause after a failure is over")
    mutating func pause() {
        add("a")
        _ = take()
        let pause = fail(at: .seconds(3))
        #expect(settler.deadline == .seconds(3) + pause)
        #expect(take(at: .seconds(3) + pause - .nanoseconds(1)).isEmpty)
        #expect(take(at: .seconds(3) + pause) == ["a"])
    }

    @Test("pauses double from 50 ms, and stay below 5 s")
    mutating func pausesGrow() {
        var pauses: [Double] = []
        for _ in 0..<12 { pauses.append(fail().seconds) }
        #expect(pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    }

    @Test("chance decides the second half of a pause", arguments: 0..<20 as Range<UInt64>)
    mutating func pauseJitter(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let pause = fail(chance: .random(in: 0..<1, using: &generator))
        #expect(pause >= .milliseconds(50) && pause < .milliseconds(100))
    }

    @Test("after a success pauses begin anew")
    mutating func pausesBeginAnew() {
        for _ in 0..<5 { fail() }
        _ = succeed()
        add("a")
        #expect(settler.deadline == .zero)
        #expect(fail() == .milliseconds(50))
    }

    @Test("an end that comes during a pause waits for its end")
    mutating func comesDuringPause() {
        fail()
        add("a")
        #expect(take(at: .milliseconds(49)).isEmpty)
        #expect(take(at: .milliseconds(50)) == ["a"])
    }

    // MARK: Several calls at once

    @Test("each call tells what came since the one before, and their answers may come in any order")
    mutating func severalCalls() {
        add("a", "b")
        #expect(take() == ["a", "b"])
        add("c")
        #expect(take() == ["c"])
        add("d")
        #expect(settler.unsettled == 4)
        #expect(settler.hasPending)
        #expect(succeed(2) == ["c"])
        #expect(settler.unsettled == 3)
        #expect(succeed(1) == ["a", "b"])
        #expect(settler.unsettled == 1)
        #expect(succeed(1).isEmpty, "it was answered already")
    }

    @Test("what a failed call told is told again, and what others told is not")
    mutating func oneOfSeveralFails() {
        add("a")
        _ = take()
        add("b")
        _ = take()
        add("c")
        fail(1)
        #expect(settler.unsettled == 3)
        #expect(take(at: .seconds(10)) == ["a", "c"])
        #expect(succeed(2) == ["b"])
    }

    @Test("calls that were on their way when one failed fail for the same reason: it counts once")
    mutating func failTogether() {
        for _ in 0..<3 { _ = take() }
        #expect(fail(2) == .milliseconds(50))
        #expect(fail(1, at: .milliseconds(10)) == .milliseconds(40))
        #expect(fail(3, at: .milliseconds(60)) == .zero)
        _ = take()
        #expect(fail(4, at: .milliseconds(60)) == .milliseconds(100))
    }

    @Test("a call that was on its way when another failed does not end the pause by its success; a later one does")
    mutating func successDuringPause() {
        add("a")
        _ = take()
        _ = take()
        fail(1)
        _ = succeed(2)
        #expect(settler.deadline == .milliseconds(50))
        #expect(settler.takeable(now: .zero) == 0)
        #expect(take(at: .milliseconds(50)) == ["a"])
        _ = succeed(3)
        add("b")
        #expect(settler.deadline == .zero)
        #expect(settler.takeable(now: .zero) == 1)
    }

    @Test("what is given up is all that was not told, in order, and is forgotten")
    mutating func abandons() {
        add("a")
        _ = take()
        add("b")
        _ = take()
        add("c")
        #expect(settler.abandon().map(\.item.job.name) == ["a", "b", "c"])
        #expect(settler.unsettled == 0)
        #expect(take().isEmpty)
    }
}
