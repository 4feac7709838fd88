import RoostTesting
import Testing

@testable import RoostCore

@Suite("SettlerStateMachine")
struct SettlerStateMachineTests {
    private var settler = SettlerStateMachine()

    private mutating func add(_ names: String...) {
        for name in names { settler.add(.init(name)) }
    }

    private mutating func take(at now: Duration = .zero) -> [String] {
        settler.take(now: now).map(\.job.name)
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
        #expect(take().isEmpty)
        #expect(settler.succeeded().map(\.item.job.name) == ["a"])
        #expect(take() == ["b", "c"])
    }

    @Test("an end counts as unsettled until the store has answered")
    mutating func unsettled() {
        add("a", "b")
        #expect(settler.unsettled == 2)
        _ = take()
        add("c")
        #expect(settler.unsettled == 3)
        _ = settler.succeeded()
        #expect(settler.unsettled == 1)
    }

    @Test("a call tells at most 1,000 ends, the earliest ones first")
    mutating func largestBatch() {
        for number in 0..<2500 { add("\(number)") }
        var told: [[String]] = []
        for _ in 0..<3 {
            told.append(take())
            _ = settler.succeeded()
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
        settler.failed(now: .zero, chance: 0)
        #expect(settler.unsettled == 3)
        #expect(take(at: .seconds(10)) == ["a", "b", "c"])
    }

    @Test("a batch that failed, with what came later, is cut to 1,000 again")
    mutating func retellsInBatches() {
        for number in 0..<1000 { add("\(number)") }
        _ = take()
        add("x")
        settler.failed(now: .zero, chance: 0)
        #expect(take(at: .seconds(10)).count == 1000)
        _ = settler.succeeded()
        #expect(take(at: .seconds(10)) == ["x"])
    }

    @Test("nothing is told before the pause after a failure is over")
    mutating func pause() {
        add("a")
        _ = take()
        let pause = settler.failed(now: .seconds(3), chance: 0)
        #expect(settler.deadline == .seconds(3) + pause)
        #expect(take(at: .seconds(3) + pause - .nanoseconds(1)).isEmpty)
        #expect(take(at: .seconds(3) + pause) == ["a"])
    }

    @Test("pauses double from 50 ms, and stay below 5 s")
    mutating func pausesGrow() {
        var pauses: [Double] = []
        for _ in 0..<12 { pauses.append(settler.failed(now: .zero, chance: 0).seconds) }
        #expect(pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
    }

    @Test("chance decides the second half of a pause", arguments: 0..<20 as Range<UInt64>)
    mutating func pauseJitter(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        let pause = settler.failed(now: .zero, chance: .random(in: 0..<1, using: &generator))
        #expect(pause >= .milliseconds(50) && pause < .milliseconds(100))
    }

    @Test("after a success pauses begin anew")
    mutating func pausesBeginAnew() {
        for _ in 0..<5 { settler.failed(now: .zero, chance: 0) }
        _ = settler.succeeded()
        add("a")
        #expect(settler.deadline == .zero)
        #expect(settler.failed(now: .zero, chance: 0) == .milliseconds(50))
    }

    @Test("an end that comes during a pause waits for its end")
    mutating func comesDuringPause() {
        settler.failed(now: .zero, chance: 0)
        add("a")
        #expect(take(at: .milliseconds(49)).isEmpty)
        #expect(take(at: .milliseconds(50)) == ["a"])
    }

    @Test("what is given up is all that was not told, in order, and is forgotten")
    mutating func abandons() {
        add("a")
        _ = take()
        add("b")
        #expect(settler.abandon().map(\.item.job.name) == ["a", "b"])
        #expect(settler.unsettled == 0)
        #expect(take().isEmpty)
    }
}
