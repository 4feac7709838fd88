import Foundation
import RoostTesting
import Testing

@testable import RoostCore

/// A type with options of its own.
private struct Letter: Job {
    static var kind: String { "CallOptionTests.Letter" }
    static var options: JobOptions {
        JobOptions(
            queue: "mail",
            priority: 5,
            timeout: .seconds(30),
            retries: 1,
            headers: ["tenant": "acme", "trace": "1"],
            retention: .hours(1)
        )
    }

    func run() async throws {}
}

@Suite("The options of a job", .timeLimit(.minutes(1)))
struct CallOptionTests {
    private static let badOptions: [(String, @Sendable (Act) -> JobRequest<Act>)] = [
        ("delay", { $0.delayed(by: .seconds(-1)) }),
        ("expiry", { $0.expires(after: .seconds(-1)) }),
        ("timeout", { $0.timeout(.zero) }),
        ("timeout", { $0.timeout(.days(40_000)) }),
        ("retries", { $0.retries(-1) }),
        ("backoff", { $0.backoff(.constant(.seconds(-1))) }),
        ("retention", { $0.retention(.seconds(-1)) }),
        ("maxCrashes", { $0.maxCrashes(0) }),
        ("queue", { $0.queue("") }),
        ("headers", { $0.header("", "x") }),
        ("unique", { $0.unique(by: "") }),
    ]

    @Test("are those of its type, unless the call says otherwise")
    func precedence() async throws {
        let queue = JobQueue(store: MemoryStore())
        let plain = try await queue.enqueue(Letter()).snapshot
        #expect(plain.queue == "mail")
        #expect(plain.priority == 5)
        #expect(plain.headers == ["tenant": "acme", "trace": "1"])
        let other = try await queue.enqueue(Letter().queue("bulk").priority(-1).header("trace", "2")).snapshot
        #expect(other.queue == "bulk")
        #expect(other.priority == -1)
        #expect(other.headers == ["tenant": "acme", "trace": "2"])
    }

    @Test("are seen by the job in its context")
    func context() async throws {
        let seen = Journal<String>()
        let stage = Stage.make { name in
            let context = try JobContext.required
            seen.note("\(context.queueName) \(context.priority) \(context.headers) \(context.attempt) \(context.kind)")
            return "\(context.id)"
        }
        let options = WorkerOptions(concurrency: 1, queues: ["mail"])
        try await withWorker(options: options) { queue, _ in
            let handle = try await queue.enqueue(stage().queue("mail").priority(3).header("tenant", "acme"))
            #expect(try await handle.value() == "\(handle.id)")
        }
        #expect(seen.entries == [#"mail 3 ["tenant": "acme"] 1 Act"#])
    }

    @Test("decide the order: the worker's queues first, then priority, then first in, first out")
    func order() async throws {
        let store = MemoryStore()
        let queue = JobQueue(store: store)
        let stage = Stage.make()
        try await queue.enqueue(stage("second, high").queue("second").priority(100))
        try await queue.enqueue([
            stage("low").priority(-1), stage("middle 1").priority(0), stage("middle 2").priority(0),
        ])
        try await queue.enqueue([stage("high 1").priority(7), stage("high 2").priority(7)])
        let last = try await queue.enqueue(stage("second, low").queue("second"))
        let options = WorkerOptions(concurrency: 1, queues: ["default", "second"])
        try await withWorker(options: options, store: store) { _, _ in _ = try await last.value() }
        let order = ["high 1", "high 2", "middle 1", "middle 2", "low", "second, high", "second, low"]
        #expect(stage.played == order)
    }

    @Test("hold a job back by a delay or until a date, and no longer")
    func delay() async throws {
        let time = TestTimeSource()
        let start = time.now
        let begun = Journal<Timestamp>()
        let stage = Stage.make { name in
            begun.note(time.now)
            return name
        }
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            let delayed = try await queue.enqueue(stage("delayed").delayed(by: .seconds(90)))
            #expect(try await delayed.status == .scheduled)
            #expect(try await delayed.snapshot.dueAt == start + .seconds(90))
            let dated = try await queue.enqueue(stage("dated").scheduled(at: (start + .seconds(300)).date))
            #expect(try await dated.snapshot.dueAt == start + .seconds(300))
            let past = try await queue.enqueue(stage("past").scheduled(at: (start - .seconds(300)).date))
            #expect(try await past.value() == "past")
            #expect(stage.played == ["past"])
            try await withClock(time, sleepers: 3) {
                let delayedValue = try await delayed.value()
                #expect(delayedValue == "delayed")
                let datedValue = try await dated.value()
                #expect(datedValue == "dated")
            }
        }
        #expect(stage.played == ["past", "delayed", "dated"])
        #expect(begun.entries[1] >= start + .seconds(90))
        #expect(begun.entries[2] >= start + .seconds(300))
    }

    @Test("let a job expire that no worker takes in time")
    func expiry() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let queue = JobQueue(store: store)
        let stage = Stage.make()
        let late = try await queue.enqueue(stage("late").expires(after: .seconds(10)))
        let inTime = try await queue.enqueue(stage("in time").expires(after: .seconds(60)))
        let dated = try await queue.enqueue(stage("dated").expires(at: (time.now + .seconds(10)).date))
        let never = try await queue.enqueue(stage("zero").expires(after: .zero))
        time.advance(by: .seconds(10))
        try await withWorker(options: .patient(), store: store) { _, _ in
            for handle in [late, dated, never] {
                let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
                #expect(failure?.state == .expired)
                #expect(failure?.reason == .expired)
                #expect(failure?.attempts == 0)
            }
            let inTimeValue = try await inTime.value()
            #expect(inTimeValue == "in time")
        }
        #expect(stage.played == ["in time"])
    }

    @Test("keep an outcome for its retention and no longer")
    func retention() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let stage = Stage.make()
        try await withWorker(options: .patient(), store: store) { queue, _ in
            let short = try await queue.enqueue(stage("short").retention(.seconds(60)))
            let long = try await queue.enqueue(stage("long").retention(.seconds(3600)))
            _ = try await (short.value(), long.value())
            time.advance(by: .seconds(61))
            while try await store.prune() > 0 {}
            await #expect(throws: JobNotFound(job: short.id)) { try await short.value() }
            #expect(try await long.value() == "long")
        }
    }

    @Test(
        "are refused at the call if they cannot be meant, and nothing is enqueued",
        arguments: Self.badOptions
    )
    func refused(option: String, request: @Sendable (Act) -> JobRequest<Act>) async throws {
        let queue = JobQueue(store: MemoryStore())
        let stage = Stage.make()
        let alone = await #expect(throws: InvalidJobOption.self) { try await queue.enqueue(request(stage())) }
        #expect(alone?.option == option)
        await #expect(throws: InvalidJobOption.self) {
            try await queue.enqueue([stage("good").request, request(stage("bad"))])
        }
        #expect(try await queue.counts().isEmpty)
    }

    @Test("make a duplicate's handle that of the job which is there already, while it is")
    func unique() async throws {
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore())
        let first = try await queue.enqueue(stage("a").unique(by: "key"))
        let second = try await queue.enqueue(stage("b").unique(by: "key"))
        #expect(first.id == second.id)
        let batch = try await queue.enqueue([stage("c").unique(by: "key"), stage("d").unique(by: "other")])
        #expect(batch[0].id == first.id)
        #expect(batch[1].id != first.id)
        #expect(try await queue.counts().map(\.byState) == [[.ready: 2]])
        try await first.cancel()
        let next = try await queue.enqueue(stage("e").unique(by: "key"))
        #expect(next.id != first.id)
    }

    @Test("count an earlier job for a period, also after it succeeded")
    func uniqueForPeriod() async throws {
        let time = TestTimeSource()
        let stage = Stage.make()
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            let first = try await queue.enqueue(stage("same").unique(for: .seconds(60)))
            _ = try await first.value()
            let second = try await queue.enqueue(stage("same").unique(for: .seconds(60)))
            #expect(second.id == first.id)
            #expect(try await second.value() == "same")
            time.advance(by: .seconds(60))
            let third = try await queue.enqueue(stage("same").unique(for: .seconds(60)))
            #expect(third.id != first.id)
        }
    }
}
