import Logging
import RoostCore
import Testing

private struct Located: Job {
    static var kind: String { "FailureLogTests.Located" }
    static var sourceLocation: JobSourceLocation? { JobSourceLocation(fileID: "App/Jobs.swift", line: 12) }
    func run() async throws { try throwFromDeepInside() }
}

@inline(never)
private func throwFromDeepInside() throws { throw Broken() }

@Suite("The log of a failure", .timeLimit(.minutes(1)))
struct FailureLogTests {
    @Test("tells kind, id, attempt, slot, place and error, a warning where it is tried again")
    func metadata() async throws {
        let log = CapturedLog()
        let options = WorkerOptions(concurrency: 1, name: "the worker")
        try await withWorker(jobs: [Located.self], options: options, logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(Located().retries(1, backoff: .constant(.zero)))
            await #expect(throws: JobFailure.self) { try await handle.value() }
            let retried = try #require(log.entries(with: "the attempt failed").first)
            #expect(retried.level == .warning)
            #expect(retried.metadata["attempt"] == "1")
            let failed = try #require(log.entries(with: "the job failed").first)
            #expect(failed.level == .error)
            #expect(failed.metadata["kind"] == Located.kind)
            #expect(failed.metadata["job"] == "\(handle.id)")
            #expect(failed.metadata["attempt"] == "2")
            #expect(failed.metadata["slot"] == "0")
            #expect(failed.metadata["worker"] == "the worker")
            #expect(failed.metadata["location"] == "App/Jobs.swift:12")
            #expect(failed.metadata["error"] == "it broke")
            #expect(failed.metadata["type"]?.hasSuffix("Broken") == true)
            #expect(failed.metadata["stack"] == nil)
        }
    }

    @Test("has the stack where it was thrown, if the worker takes stacks")
    func stack() async throws {
        let log = CapturedLog()
        var options = WorkerOptions(concurrency: 1)
        options.capturesStacks = true
        try await withWorker(jobs: [Located.self], options: options, logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(Located())
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            let stack = try #require(failure?.history.first?.failure.stack)
            #expect(stack.split(separator: "\n").first?.contains("throwFromDeepInside") == true, "\(stack)")
            #expect(
                log.entries(with: "the job failed").first?.metadata["stack"]?.contains("throwFromDeepInside") == true
            )
        }
    }

    @Test("is there for a job's own logger too")
    func ownLogger() async throws {
        let log = CapturedLog()
        let stage = Stage.make { name in
            try JobContext.required.logger.info("from the job")
            return name
        }
        try await withWorker(logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(stage())
            _ = try await handle.value()
            let entry = try #require(log.entries(with: "from the job").first)
            #expect(entry.metadata["job"] == "\(handle.id)")
            #expect(entry.metadata["kind"] == "Act")
        }
    }

    @Test("is quiet of what a job asked for itself")
    func quiet() async throws {
        let log = CapturedLog()
        let stage = Stage.make { name in
            if try JobContext.required.attempt == 1 { throw RetryJob(after: .zero) }
            throw CancelExecution()
        }
        try await withWorker(logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(stage())
            await #expect(throws: JobFailure.self) { try await handle.value() }
        }
        #expect(log.entries.allSatisfy { $0.level <= .info })
    }
}
