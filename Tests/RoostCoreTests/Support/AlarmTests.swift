import RoostTesting
import Testing

@testable import RoostCore

@Suite("Alarm", .timeLimit(.minutes(1)))
struct AlarmTests {
    private let signal = Signal()
    private let time = TestTimeSource(uptime: .zero)

    /// Runs `body` beside the alarm.
    private func withAlarm(_ body: (Alarm) async throws -> Void) async throws {
        let alarm = Alarm(signal, by: time, sleepsOn: true)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { await alarm.run() }
            defer {
                group.cancelAll()
                alarm.end()
            }
            try await body(alarm)
        }
    }

    @Test("ends a wait at its deadline, and one without a deadline at the ring")
    func deadline() async throws {
        try await withAlarm { alarm in
            async let isOver: Void = alarm.wait(until: .seconds(3))
            try await time.waitForSleepers(1)
            #expect(time.nextDeadline == .seconds(3))
            time.advance(by: .seconds(3))
            await isOver
            signal.ring()
            await alarm.wait(until: nil)
        }
    }

    @Test("sleeps on through waits that a ring ends, and looks then at the deadline of the present one")
    func sleepsOn() async throws {
        try await withAlarm { alarm in
            async let first: Void = alarm.wait(until: .seconds(3))
            try await time.waitForSleepers(1)
            signal.ring()
            await first
            async let second: Void = alarm.wait(until: .seconds(5))
            while !alarm.isAwaited { await Task.yield() }
            #expect(time.nextDeadline == .seconds(3))
            time.advance(by: .seconds(4))
            try await time.waitForSleepers(1)
            #expect(time.nextDeadline == .seconds(5))
            time.advance(by: .seconds(1))
            await second
        }
    }

    @Test("wakes in time for a deadline that is earlier than the one it sleeps for")
    func earlier() async throws {
        try await withAlarm { alarm in
            async let first: Void = alarm.wait(until: .seconds(9))
            try await time.waitForSleepers(1)
            signal.ring()
            await first
            async let second: Void = alarm.wait(until: .seconds(2))
            while time.nextDeadline != .seconds(2) { await Task.yield() }
            time.advance(by: .seconds(2))
            await second
        }
    }

    @Test("is at once over where the signal was rung before, or the deadline has passed")
    func atOnce() async throws {
        try await withAlarm { alarm in
            signal.ring()
            await alarm.wait(until: .seconds(1))
            #expect(time.sleepers == 0)
            await alarm.wait(until: .zero)
        }
    }

    @Test("on a clock that is moved by hand nobody sleeps but who waits")
    func byHand() async throws {
        let alarm = Alarm(signal, by: time)
        await alarm.run()
        async let isOver: Void = alarm.wait(until: .seconds(3))
        try await time.waitForSleepers(1)
        signal.ring()
        await isOver
        #expect(time.sleepers == 0)
    }
}
