import RoostCore
import RoostTesting
import Testing

@Suite("The test clock")
struct TestTimeSourceTests {
    @Test("stands still until it is moved, and moves both clocks")
    func moves() {
        let time = TestTimeSource()
        let (now, uptime) = (time.now, time.uptime)
        #expect(time.now == now)
        time.advance(by: .seconds(5))
        #expect(time.now == now + .seconds(5))
        #expect(time.uptime == uptime + .seconds(5))
        time.jump(by: .seconds(-60))
        #expect(time.now == now - .seconds(55))
        #expect(time.uptime == uptime + .seconds(5))
    }

    @Test("a sleeper wakes at its deadline and not before")
    func wakes() async throws {
        let time = TestTimeSource()
        let deadline = time.uptime + .seconds(10)
        try await withThrowingTaskGroup { group in
            group.addTask { try await time.sleep(until: deadline) }
            try await time.waitForSleepers(1)
            #expect(time.nextDeadline == deadline)
            time.advance(by: .seconds(9))
            #expect(time.sleepers == 1)
            time.advanceToNextDeadline()
            try await group.waitForAll()
        }
        #expect(time.uptime == deadline)
        #expect(time.sleepers == 0)
    }

    @Test("a deadline that has passed is no wait")
    func passed() async throws {
        let time = TestTimeSource()
        try await time.sleep(until: time.uptime)
        try await time.sleep(until: .zero)
    }

    @Test("a cancelled sleeper throws at once, whether it sleeps already or not")
    func cancellation() async throws {
        let time = TestTimeSource()
        let asleep = Task { try await time.sleep(until: time.uptime + .days(1)) }
        try await time.waitForSleepers(1)
        asleep.cancel()
        await #expect(throws: CancellationError.self) { try await asleep.value }
        #expect(time.sleepers == 0)
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await time.sleep(until: .days(9999))
        }
        await #expect(throws: CancellationError.self) { try await cancelled.value }
    }

    @Test("who waits for sleepers can be cancelled too")
    func cancelledWatcher() async {
        let time = TestTimeSource()
        let task = Task { try await time.waitForSleepers(1) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("many sleepers wake as their times come")
    func many() async throws {
        let time = TestTimeSource()
        let start = time.uptime
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in (1...50).reversed() {
                group.addTask {
                    try await time.sleep(until: start + .seconds(number))
                    return number
                }
            }
            try await time.waitForSleepers(50)
            for number in 1...50 {
                time.advance(by: .seconds(1))
                #expect(time.sleepers == 50 - number)
                #expect(try await group.next() == number)
            }
        }
    }
}
