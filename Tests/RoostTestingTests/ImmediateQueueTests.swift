import Logging
import RoostCore
import RoostTesting
import Synchronization
import Testing

struct ImmediateError: Error, CustomStringConvertible {
    var description: String { "it broke" }
}

/// What happened, in order.
final class Notes: Sendable {
    private static let all = Mutex<[String: Notes]>([:])
    private let state = Mutex<[String]>([])

    /// The notes that a test and its jobs share, by the name that the jobs carry.
    static func named(_ name: String) -> Notes {
        all.withLock { all in
            let notes = all[name] ?? Notes()
            all[name] = notes
            return notes
        }
    }

    func add(_ note: String) { state.withLock { $0.append(note) } }
    var entries: [String] { state.withLock { $0 } }
}

struct Greet: Job {
    var name: String
    func run() async throws -> String { "hello \(name)" }

    static func with(name: JobInput<String>) -> OpenJob<Self> { OpenJob([.init("name", name)]) }
}

/// Throws in its first `failures` attempts.
struct Stumble: Job {
    var failures: Int
    func run() async throws -> Int {
        let attempt = try JobContext.required.attempt
        if attempt <= failures { throw ImmediateError() }
        return attempt
    }
}

/// Enqueues another of its kind, so deep, and waits for it.
struct Nest: Job {
    var depth: Int
    func run() async throws -> Int {
        if depth == 0 { return 0 }
        let inner = try await JobContext.required.queue.enqueue(Nest(depth: depth - 1).timeout(.seconds(60)))
        return try await inner.value(timeout: .zero) + 1
    }
}

struct AsksAgain: Job {
    func run() async throws -> Int {
        let attempt = try JobContext.required.attempt
        if attempt < 3 { throw RetryJob(after: .seconds(60)) }
        return attempt
    }
}

struct Total: Job {
    var parts: [String]
    func run() async throws -> Int { parts.count }

    static func with(parts: JobInput<[String]>) -> OpenJob<Self> { OpenJob([.init("parts", parts)]) }
}

struct Noting: Job {
    var notes: String
    var text: String
    func run() async throws { Notes.named(notes).add(text) }
}

@Suite("An immediate queue", .timeLimit(.minutes(1)))
struct ImmediateQueueTests {
    private func queue(_ configure: (Worker) -> Void = { _ in }) throws -> JobQueue {
        let jobs: [any Job.Type] = [
            Greet.self, Stumble.self, Nest.self, AsksAgain.self, Total.self, Noting.self,
        ]
        return try JobQueue.immediate(jobs: jobs, discoversJobs: false, configure: configure)
    }

    @Test("has run the job when the call returns")
    func result() async throws {
        let queue = try queue()
        let handle = try await queue.enqueue(Greet(name: "Ada"))
        #expect(try await handle.status == .succeeded)
        #expect(try await handle.value(timeout: .zero) == "hello Ada")
    }

    @Test("runs many jobs of one call, and those of many calls at once")
    func many() async throws {
        let queue = try queue()
        let handles = try await queue.enqueue((0..<20).map { Greet(name: "\($0)") })
        for handle in handles { #expect(try await handle.status == .succeeded) }
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask { try await queue.enqueue(Greet(name: "\(number)")).value(timeout: .zero) }
            }
            for try await value in group { #expect(value.hasPrefix("hello")) }
        }
    }

    @Test("tells a failure by the handle, and the call does not throw")
    func failure() async throws {
        let handle = try await queue().enqueue(Stumble(failures: 10))
        let failure = await #expect(throws: JobFailure.self) { try await handle.value(timeout: .zero) }
        #expect(failure?.state == .failed)
        #expect(failure?.message == "it broke")
    }

    @Test("tries again at once, whatever the backoff")
    func retries() async throws {
        let queue = try queue()
        let handle = try await queue.enqueue(Stumble(failures: 2).retries(2, backoff: .constant(.hours(1))))
        #expect(try await handle.value(timeout: .zero) == 3)
        let failing = try await queue.enqueue(Stumble(failures: 3).retries(2, backoff: .constant(.hours(1))))
        let failure = await #expect(throws: JobFailure.self) { try await failing.value(timeout: .zero) }
        #expect(failure?.attempts == 3)
    }

    @Test("lets a job that asks to be tried later wait, for it might ask for ever")
    func asksAgain() async throws {
        let queue = try queue()
        let handle = try await queue.enqueue(AsksAgain())
        #expect(try await handle.status == .scheduled)
        try await queue.runDueJobs(after: .seconds(60))
        #expect(try await handle.status == .scheduled)
        try await queue.runDueJobs(after: .seconds(60))
        #expect(try await handle.value(timeout: .zero) == 3)
    }

    @Test("lets delayed jobs wait until their time has come")
    func delayed() async throws {
        let queue = try queue()
        let handle = try await queue.enqueue(Greet(name: "later").delayed(by: .seconds(60)))
        #expect(try await handle.status == .scheduled)
        try await queue.runDueJobs(after: .seconds(59))
        #expect(try await handle.status == .scheduled)
        try await queue.runDueJobs(after: .seconds(1))
        #expect(try await handle.value(timeout: .zero) == "hello later")
    }

    @Test("runs a delayed job that is told to start now")
    func rescheduled() async throws {
        let queue = try queue()
        let handle = try await queue.enqueue(Greet(name: "now").delayed(by: .hours(1)))
        try await handle.reschedule(after: .zero)
        #expect(try await handle.value(timeout: .zero) == "hello now")
    }

    @Test("only can be told to run its jobs")
    func notImmediate() async throws {
        await #expect(throws: NotImmediate.self) { try await JobQueue(store: MemoryStore()).runDueJobs() }
    }

    @Test("runs a job that a job enqueued, inside of it")
    func nested() async throws {
        let handle = try await queue().enqueue(Nest(depth: 5))
        #expect(try await handle.value(timeout: .zero) == 5)
    }

    @Test("calls the hooks around each job, and none at the start and end of a worker")
    func hooks() async throws {
        let notes = Notes()
        let queue = try queue { worker in
            worker.preExecute { notes.add("pre \($0.kind)") }
            worker.postExecute { _, result in
                if case .success(let value) = result { notes.add("post \(value)") } else { notes.add("post error") }
            }
            worker.onStartup { _ in notes.add("startup") }
            worker.onShutdown { _ in notes.add("shutdown") }
        }
        try await queue.enqueue(Greet(name: "Ada"))
        try await queue.enqueue(Stumble(failures: 1))
        #expect(notes.entries == ["pre Greet", "post hello Ada", "pre Stumble", "post error"])
    }

    @Test("heeds a hook that cancels")
    func cancelExecution() async throws {
        let queue = try queue { worker in
            worker.preExecute { _ in throw CancelExecution("not today") }
        }
        let handle = try await queue.enqueue(Greet(name: "Ada"))
        let failure = await #expect(throws: JobFailure.self) { try await handle.value(timeout: .zero) }
        #expect(failure?.state == .cancelled)
        #expect(failure?.message == "not today")
    }

    @Test("runs whole graphs")
    func graph() async throws {
        let queue = try queue()
        let (first, second) = try await queue.enqueue(Greet(name: "Ada").then { Greet.with(name: $0) })
        #expect(try await second.value(timeout: .zero) == "hello hello Ada")
        #expect(try await first.value(timeout: .zero) == "hello Ada")
        let (_, total) = try await queue.enqueue(
            group((0..<5).map { Greet(name: "\($0)") }).then { Total.with(parts: $0) }
        )
        #expect(try await total.value(timeout: .zero) == 5)
    }

    @Test("has told the events of a call when it returns, in order")
    func events() async throws {
        let notes = Notes()
        let queue = try queue()
        queue.on(JobEnqueued.self) { _ in notes.add("enqueued") }
        queue.on(JobClaimed.self) { _ in notes.add("claimed") }
        queue.on(JobSucceeded.self) { _ in notes.add("succeeded") }
        try await queue.enqueue(Greet(name: "Ada"))
        #expect(notes.entries == ["enqueued", "claimed", "succeeded"])
        try await queue.enqueue(Nest(depth: 2))
        #expect(notes.entries.count == 12)
    }

    @Test("lets a handler of events enqueue")
    func handlerEnqueues() async throws {
        let queue = try queue()
        let name = "handlerEnqueues"
        queue.on(JobSucceeded.self) { event in
            if event.job.kind == Greet.kind { try await queue.enqueue(Noting(notes: name, text: "after")) }
        }
        try await queue.enqueue(Greet(name: "Ada"))
        #expect(Notes.named(name).entries == ["after"])
    }

    @Test("has worker-local values for the run of each job")
    func locals() async throws {
        let notes = Notes()
        let local = WorkerLocal {
            7
        } close: { _ in
            notes.add("close")
        }
        let queue = try queue { worker in
            worker.preExecute { _ in notes.add("\(try await local.current)") }
        }
        try await queue.enqueue([Greet(name: "a"), Greet(name: "b")])
        #expect(notes.entries == ["7", "close", "7", "close"])
    }

    @Test("keeps no two types of one kind")
    func duplicates() throws {
        struct Other: Job {
            static var kind: String { "Greet" }
            func run() async throws {}
        }
        #expect(throws: DuplicateJobKind.self) {
            try JobQueue.immediate(jobs: [Greet.self, Other.self], discoversJobs: false)
        }
    }
}
