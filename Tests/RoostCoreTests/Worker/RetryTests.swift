import Foundation
import RoostCore
import RoostTesting
import Testing

/// Throws the first `failures` times.
private struct Flaky: Error, CustomStringConvertible {
    var description: String { "not yet" }
}

private struct Strict: Job {
    static var kind: String { "RetryTests.Strict" }
    static var options: JobOptions { JobOptions(retries: 2, backoff: .constant(.zero)) }
    var number: Int
    func run() async throws -> Int { number }
}

private struct Opaque: Codable {
    func encode(to encoder: any Encoder) throws { throw Flaky() }
}

private struct GivesOpaque: Job {
    static var kind: String { "RetryTests.GivesOpaque" }
    static var options: JobOptions { JobOptions(retries: 3, backoff: .constant(.zero)) }
    func run() async throws -> Opaque { Opaque() }
}

@Suite("An attempt that fails", .timeLimit(.minutes(1)))
struct RetryTests {
    @Test("is followed by others after the delays of its backoff")
    func backoff() async throws {
        let time = TestTimeSource()
        let stage = Stage.make { _ in throw Flaky() }
        let delays = Journal<Duration>()
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            queue.on(JobRetrying.self) { delays.note($0.delay) }
            let backoff = Backoff.exponential(from: .seconds(10), factor: 3, jitter: 0)
            let handle = try await queue.enqueue(stage().retries(3, backoff: backoff))
            try await withClock(time, sleepers: 3) {
                let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
                let history = failure?.history ?? []
                #expect(history.map(\.attempt) == [1, 2, 3, 4])
                for (index, least) in [10, 30, 90].enumerated() where history.count == 4 {
                    let began = try #require(history[index + 1].startedAt)
                    #expect(began - history[index].endedAt >= .seconds(least))
                }
            }
        }
        #expect(delays.entries == [.seconds(10), .seconds(30), .seconds(90)])
    }

    @Test("may be followed by one that succeeds, which is told apart by its number")
    func succeedsLater() async throws {
        let stage = Stage.make { _ in
            let attempt = try JobContext.required.attempt
            if attempt < 3 { throw Flaky() }
            return "attempt \(attempt)"
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage().retries(5, backoff: .constant(.zero)))
            #expect(try await handle.value() == "attempt 3")
            #expect(try await handle.snapshot.attempt == 3)
        }
    }

    @Test("because it asks to be tried again uses up no retry, and waits as it says")
    func retryJob() async throws {
        let time = TestTimeSource()
        let delays = Journal<Duration>()
        let stage = Stage.make { name in
            switch try JobContext.required.attempt {
            case 1: throw RetryJob("later", after: .seconds(7))
            case 2: throw RetryJob("and by the backoff")
            default: return name
            }
        }
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            queue.on(JobRetrying.self) { delays.note($0.delay) }
            let handle = try await queue.enqueue(stage("done").backoff(.constant(.seconds(2))))
            try await withClock(time, sleepers: 3) {
                let value = try await handle.value()
                #expect(value == "done")
            }
            #expect(try await handle.snapshot.failures == 0)
            let reasons = try await queue.store.attempts(of: handle.id).map(\.failure.reason)
            #expect(reasons == [.retryRequested, .retryRequested])
        }
        #expect(delays.entries == [.seconds(7), .seconds(2)])
    }

    @Test("by CancelExecution ends the job as cancelled, whatever retries it has left")
    func cancelExecution() async throws {
        let stage = Stage.make { _ in throw CancelExecution("no need") }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage().retries(3, backoff: .constant(.zero)))
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(failure?.reason == .cancelled)
            #expect(failure?.message == "no need")
            #expect(failure?.attempts == 1)
        }
        #expect(stage.played.count == 1)
    }

    @Test("by CancelExecution that says so is tried again, also without retries")
    func cancelExecutionRetries() async throws {
        let stage = Stage.make { name in
            if try JobContext.required.attempt < 3 { throw CancelExecution("again", retry: true) }
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage("done").backoff(.constant(.zero)))
            #expect(try await handle.value() == "done")
        }
        #expect(stage.played.count == 3)
    }

    @Test("to read its arguments is tried again, then fails with them kept and named")
    func undecodable() async throws {
        try await withWorker(jobs: [Strict.self]) { queue, _ in
            let bytes = Data(#"{"name":"x"}"#.utf8)
            let job = NewJob(kind: Strict.kind, payload: Payload(bytes: bytes))
            _ = try await queue.store.enqueue(EnqueueBatch(jobs: [job]))
            let handle = queue.handle(for: job.id, of: Strict.self)
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .failed)
            #expect(failure?.reason == .undecodable)
            #expect(failure?.attempts == 3)
            #expect(failure?.message.contains("'number'") == true)
            #expect(try await handle.snapshot.payload?.bytes == bytes)
        }
    }

    @Test("to store its output is final and says so: done again, it would return the same")
    func unencodable() async throws {
        try await withWorker(jobs: [GivesOpaque.self]) { queue, _ in
            let handle = try await queue.enqueue(GivesOpaque())
            let failure = await #expect(throws: JobFailure.self) { _ = try await handle.value() }
            #expect(failure?.state == .failed)
            #expect(failure?.reason == .unencodable)
            #expect(failure?.attempts == 1)
            #expect(failure?.message.contains("not yet") == true)
        }
    }

    @Test("by an output that is too large is final and says how large")
    func outputTooLarge() async throws {
        let stage = Stage.make { _ in String(repeating: "x", count: 100) }
        var options = WorkerOptions(concurrency: 1)
        options.maxOutput = 50
        try await withWorker(options: options) { queue, _ in
            let handle = try await queue.enqueue(stage().retries(3))
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.reason == .unencodable)
            #expect(failure?.message.contains("102 bytes") == true)
            #expect(failure?.message.contains("50") == true)
        }
        #expect(stage.played.count == 1)
    }

    @Test("for good keeps its payload, and can be tried again by hand")
    func deadLetter() async throws {
        let mayPass = Gate()
        let isOpen = Journal<Bool>()
        let stage = Stage.make { name in
            if isOpen.entries.isEmpty { throw Flaky() }
            try await mayPass.wait()
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage("again"))
            await #expect(throws: JobFailure.self) { try await handle.value() }
            isOpen.note(true)
            mayPass.open()
            let answer = try await queue.perform(.retry(handle.id))
            #expect(answer.result == .done)
            #expect(try await handle.value() == "again")
        }
    }
}
