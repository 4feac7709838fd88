import Testing

@testable import RoostCore

/// A time that stands still, and whose sleepers wake when it is told to or when they are cancelled.
private final class StoppedTime: TimeSource {
    private let end: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    let sleeps = Box(0)

    init() {
        (end, continuation) = AsyncStream.makeStream()
    }

    var now: Timestamp { Timestamp(microseconds: 0) }
    var uptime: Duration { .zero }

    func wakeSleepers() { continuation.finish() }

    @concurrent func sleep(until deadline: Duration) async throws {
        sleeps.change { $0 += 1 }
        for await _ in end {}
        try Task.checkCancellation()
    }
}

@Suite("Signal", .timeLimit(.minutes(1)))
struct SignalTests {
    private let signal = Signal()

    @Test("a ring before the wait is remembered")
    func remembered() async {
        signal.ring()
        await signal.wait()
    }

    @Test("a ring wakes the waiting task")
    func wakes() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.addTask { signal.ring() }
        }
    }

    @Test("rings while nobody waits are remembered once")
    func rememberedOnce() async {
        signal.ring()
        signal.ring()
        await signal.wait()
        let time = StoppedTime()
        time.wakeSleepers()
        await signal.wait(until: .seconds(1), by: time)
        // Were the second ring remembered, nobody would have slept.
        #expect(time.sleeps.value == 1)
    }

    @Test("a ring after the waited-for change is never lost, whoever else rings")
    func manyRing() async {
        let count = Box(0)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<2000 {
                        count.change { $0 += 1 }
                        signal.ring()
                    }
                }
            }
            group.addTask {
                while count.value < 16_000 { await signal.wait() }
            }
        }
    }

    @Test("each ring ends one wait, however often they alternate")
    func alternates() async {
        let other = Signal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<1000 {
                    await signal.wait()
                    other.ring()
                }
            }
            group.addTask {
                for _ in 0..<1000 {
                    signal.ring()
                    await other.wait()
                }
            }
        }
    }

    @Test("a wait with a deadline ends when its time is over")
    func deadline() async {
        let time = StoppedTime()
        time.wakeSleepers()
        await signal.wait(until: .seconds(1), by: time)
    }

    @Test("a wait with a deadline ends when it is rung, before its time is over")
    func rungBeforeDeadline() async {
        let time = StoppedTime()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait(until: .seconds(1), by: time) }
            group.addTask { signal.ring() }
        }
    }

    @Test("a ring before a wait with a deadline is remembered")
    func rememberedForDeadline() async {
        signal.ring()
        await signal.wait(until: .seconds(1), by: StoppedTime())
    }

    @Test("a wait without a deadline ends only when it is rung")
    func noDeadline() async {
        signal.ring()
        await signal.wait(until: nil, by: StoppedTime())
    }

    @Test("a cancelled task waits for the ring all the same")
    func cancelled() async {
        let isRung = Box(false)
        let task = Task {
            await signal.wait(until: .seconds(1), by: StoppedTime())
            return isRung.value
        }
        task.cancel()
        isRung.value = true
        signal.ring()
        #expect(await task.value)
    }
}
