import RoostCore
import Synchronization

/// `held STORE RATE`: a process that offers jobs and works them off. It says `ready`, and at each line does what that says:
///
/// - `offer SECONDS`: offers RATE jobs a second, some a call, whatever becomes of them, and tells how long after the moment it was due
///   each began;
/// - `drain COUNT`: enqueues so many while nobody works, and works them off.
enum HeldChild {
    /// Jobs in a call: that many commits a second are not to be what is measured, where a disk takes long to confirm one.
    private static let batch = 10
    /// As many enqueues are on their way at once, so that one that waits does not keep the next ones.
    private static let clients = 8

    static func run(_ arguments: Arguments) async throws -> Figures? {
        let base = try await arguments.store()
        let rate = try arguments.number(1)
        say("ready")
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[1]) else { throw Failure("'\(line)' is no order") }
            try sayResult(
                try await words[0] == "offer" ? offer(base, rate: rate, seconds: number) : drain(base, count: number)
            )
        }
        await base.close()
        return nil
    }

    /// Numbers from zero on, each given once.
    private final class Counter: Sendable {
        private let value = Mutex(0)

        func next() -> Int {
            value.withLock { value in
                defer { value += 1 }
                return value
            }
        }
    }

    private static func drain(_ base: any JobStore, count: Int) async throws -> Figures {
        try await Filling.fill(base, count: count)
        let store = CountingStore(base)
        let start = Clock.now
        let worker = RunningWorker(store)
        await store.settled(count)
        let counts = store.counts
        try await worker.stop()
        return ["jobs_per_second": Double(count) / (counts.lastSettle - start)]
    }

    private static func offer(_ base: any JobStore, rate: Int, seconds: Int) async throws -> Figures {
        let store = CountingStore(base)
        let worker = RunningWorker(store)
        let queue = worker.queue
        let count = rate * seconds
        let start = Clock.now + 0.1
        let next = Counter()
        let processor = Clock.processCPU
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    while true {
                        let number = next.next()
                        guard number < count / batch else { return }
                        let due = start + Double(number * batch) / Double(rate)
                        let early = due - Clock.now
                        if early > 0 { try await Task.sleep(for: .seconds(early)) }
                        try await queue.enqueue(Array(repeating: Stamped(moment: due), count: batch))
                        // So that whoever waits for the result knows that we live.
                        if number % (rate * 3) == 0 { say("offered \(number * batch)") }
                    }
                }
            }
            try await group.waitForAll()
        }
        let offered = Double(count) / (Clock.now - start)
        await store.settled(count)
        let used = Clock.processCPU - processor
        try await worker.stop()
        let delays = Stamped.delays.withLock { delays in
            defer { delays = [] }
            return delays
        }
        guard delays.count == count else { throw Failure("\(delays.count) of \(count) jobs began") }
        return [
            "start_p50": percentile(delays, 0.5), "start_p99": percentile(delays, 0.99), "start_max": delays.max() ?? 0,
            // In the last tenth, when most is left behind.
            "late_p99": percentile(Array(delays.suffix(count / 10)), 0.99), "offered": offered,
            "cpu_share": used / Double(seconds),
        ]
    }
}
