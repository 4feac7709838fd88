import Logging
import RoostCore
import RoostTesting
import Testing

private struct HookError: Error, CustomStringConvertible {
    var description: String { "the hook broke" }
}

@Suite("Hooks", .timeLimit(.minutes(1)))
struct HookTests {
    @Test("around a job are called in the order in which they were added, and see what became of it")
    func order() async throws {
        let journal = Journal<String>()
        let stage = Stage.make { name in
            journal.note("run")
            if name == "bad" { throw Broken() }
            return name
        }
        let configure: (Worker) -> Void = { worker in
            for number in 1...3 {
                worker.preExecute { journal.note("pre \(number) \($0.attempt) \(JobContext.current?.id == $0.id)") }
            }
            worker.postExecute { _, result in
                switch result {
                case .success(let value): journal.note("post 1 \(value as? String ?? "?")")
                case .failure(let error): journal.note("post 1 \(error)")
                }
            }
            worker.postExecute { context, _ in journal.note("post 2 \(JobContext.current?.id == context.id)") }
        }
        try await withWorker(configure: configure) { queue, _ in
            let value = try await queue.enqueue(stage("good")).value()
            #expect(value == "good")
            await #expect(throws: JobFailure.self) { try await queue.enqueue(stage("bad")).value() }
        }
        let before = ["pre 1 1 true", "pre 2 1 true", "pre 3 1 true", "run"]
        #expect(
            journal.entries == before + ["post 1 good", "post 2 true"] + before + ["post 1 it broke", "post 2 true"]
        )
    }

    @Test("can be removed by what adding them returned, or by name")
    func removal() async throws {
        let journal = Journal<String>()
        let stage = Stage.make()
        try await withWorker { queue, worker in
            let token = worker.preExecute { _ in journal.note("by token") }
            worker.preExecute("named") { _ in journal.note("by name") }
            worker.postExecute("named") { _, _ in journal.note("by name, after") }
            _ = try await queue.enqueue(stage()).value()
            #expect(journal.entries == ["by token", "by name", "by name, after"])
            #expect(token.remove())
            #expect(!token.remove())
            #expect(worker.removeHook(named: "named"))
            #expect(!worker.removeHook(named: "named"))
            _ = try await queue.enqueue(stage()).value()
            #expect(journal.entries.count == 3)
        }
    }

    @Test("of one kind and name replace each other in place")
    func replacement() async throws {
        let journal = Journal<String>()
        let stage = Stage.make()
        try await withWorker { queue, worker in
            let first = worker.preExecute("a") { _ in journal.note("old a") }
            worker.preExecute("b") { _ in journal.note("b") }
            worker.preExecute("a") { _ in journal.note("new a") }
            _ = try await queue.enqueue(stage()).value()
            #expect(journal.entries == ["new a", "b"])
            #expect(!first.remove(), "it is no longer there")
        }
    }

    @Test("that throw are logged with their name, and change nothing about the job")
    func throwing() async throws {
        let log = CapturedLog()
        let stage = Stage.make()
        let configure: (Worker) -> Void = { worker in
            worker.preExecute("bad pre") { _ in throw HookError() }
            worker.postExecute("bad post") { _, _ in throw HookError() }
            worker.postExecute("cancelling post") { _, _ in throw CancelExecution() }
            worker.onStartup("bad start") { _ in throw HookError() }
            worker.onShutdown("bad stop") { _ in throw HookError() }
        }
        let options = WorkerOptions(concurrency: 1)
        try await withWorker(options: options, logger: log.logger, configure: configure) { queue, _ in
            let handle = try await queue.enqueue(stage("fine"))
            #expect(try await handle.value() == "fine")
            let entry = try #require(log.entries(with: "'bad pre'").first)
            #expect(entry.level == .error)
            #expect(entry.metadata["error"] == "the hook broke")
            #expect(entry.metadata["job"] == "\(handle.id)")
        }
        for name in ["'bad post'", "'cancelling post'", "'bad start'", "'bad stop'"] {
            #expect(log.entries(with: name).count == 1)
        }
        #expect(log.entries(with: "'bad start'").first?.metadata["slot"] == "0")
    }

    @Test("at the start and end of a worker are called once for each slot, on it")
    func slots() async throws {
        let started = Journal<Int>()
        let stopped = Journal<Int>()
        let stage = Stage.make { name in
            let slot = try JobContext.required.slot
            return "\(started.entries.contains(slot)) \(Slot.current?.index == slot)"
        }
        let configure: (Worker) -> Void = { worker in
            worker.onStartup { started.note($0.index == Slot.current?.index ? $0.index : -1) }
            worker.onShutdown { stopped.note($0.index == Slot.current?.index ? $0.index : -1) }
        }
        try await withWorker(options: WorkerOptions(concurrency: 3), configure: configure) { queue, _ in
            for handle in try await queue.enqueue((0..<30).map { stage("\($0)") }) {
                #expect(try await handle.value() == "true true")
            }
            #expect(stopped.entries.isEmpty)
        }
        #expect(started.entries.sorted() == [0, 1, 2])
        #expect(stopped.entries.sorted() == [0, 1, 2])
    }

    @Test("before a job can cancel it: it does not run, and later hooks are not called")
    func cancelExecution() async throws {
        let journal = Journal<String>()
        let stage = Stage.make()
        let configure: (Worker) -> Void = { worker in
            worker.preExecute { context in
                if context.headers["day"] == "Sunday" { throw CancelExecution("no jobs on Sunday") }
            }
            worker.preExecute { _ in journal.note("pre") }
            worker.postExecute { _, _ in journal.note("post") }
        }
        try await withWorker(configure: configure) { queue, _ in
            let handle = try await queue.enqueue(stage().header("day", "Sunday").retries(3))
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(failure?.message == "no jobs on Sunday")
            #expect(failure?.attempts == 0)
            #expect(journal.entries.isEmpty)
            _ = try await queue.enqueue(stage("monday")).value()
        }
        #expect(stage.played == ["monday"])
        #expect(journal.entries == ["pre", "post"])
    }

    @Test("before a job can put it off, by the backoff of its own call")
    func putOff() async throws {
        let time = TestTimeSource()
        let delays = Journal<Duration>()
        let refused = Journal<Bool>()
        let stage = Stage.make()
        let configure: (Worker) -> Void = { worker in
            worker.preExecute { _ in
                if refused.entries.isEmpty {
                    refused.note(true)
                    throw CancelExecution("not now", retry: true)
                }
            }
        }
        let store = MemoryStore(time: time)
        try await withWorker(options: .patient(), store: store, configure: configure) { queue, _ in
            queue.on(JobRetrying.self) { delays.note($0.delay) }
            let handle = try await queue.enqueue(stage("then").backoff(.constant(.seconds(70))))
            try await withClock(time, sleepers: 3) {
                let value = try await handle.value()
                #expect(value == "then")
            }
        }
        #expect(delays.entries == [.seconds(70)])
    }
}
