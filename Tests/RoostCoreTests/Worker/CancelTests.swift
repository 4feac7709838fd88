import Logging
import RoostCore
import RoostTesting
import Testing

@Suite("A cancel", .timeLimit(.minutes(1)))
struct CancelTests {
    @Test("ends a job that waits for its turn or its time, and tells why")
    func waiting() async throws {
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore())
        let ready = try await queue.enqueue(stage())
        let scheduled = try await queue.enqueue(stage().delayed(by: .hours(1)))
        for handle in [ready, scheduled] {
            #expect(try await handle.cancel(why: "changed my mind"))
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(failure?.reason == .cancelled)
            #expect(failure?.message.contains("changed my mind") == true)
            #expect(failure?.attempts == 0)
            #expect(try await handle.cancel() == false, "it has ended already")
        }
    }

    @Test("of a running job cancels its task, and no retry follows")
    func running() async throws {
        let never = Gate()
        let stage = Stage.make { name in
            try await never.wait()
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage().retries(5, backoff: .constant(.zero)))
            try await until { stage.played.count == 1 }
            #expect(try await handle.cancel())
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(failure?.reason == .cancelled)
            #expect(failure?.attempts == 1)
        }
        #expect(stage.played.count == 1)
    }

    @Test("does not undo a job that returns anyway")
    func tooLate() async throws {
        let stage = Stage.make { name in
            while !Task.isCancelled { await Task.yield() }
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage("returned"))
            try await until { stage.played.count == 1 }
            try await handle.cancel()
            #expect(try await handle.value() == "returned")
        }
    }

    @Test("leaves the slot's next job alone")
    func nextJob() async throws {
        let never = Gate()
        let stage = Stage.make { name in
            if name == "cancelled" { try await never.wait() }
            await Task.yield()
            try Task.checkCancellation()
            return name
        }
        try await withWorker(options: WorkerOptions(concurrency: 1)) { queue, _ in
            for number in 0..<20 {
                let first = try await queue.enqueue(stage("cancelled"))
                let second = try await queue.enqueue(stage("next"))
                try await until { stage.played.count == 2 * number + 1 }
                try await first.cancel()
                await #expect(throws: JobFailure.self) { try await first.value() }
                #expect(try await second.value() == "next")
            }
        }
    }

    @Test("by a timeout says so, and is followed by the retries that are left")
    func timeout() async throws {
        let time = TestTimeSource()
        let never = Gate()
        let stage = Stage.make { name in
            try await never.wait()
            return name
        }
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            let handle = try await queue.enqueue(
                stage().timeout(.seconds(10)).retries(1, backoff: .constant(.seconds(1)))
            )
            try await withClock(time, sleepers: 3) {
                let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
                #expect(failure?.state == .failed)
                #expect(failure?.reason == .timeout)
                #expect(failure?.attempts == 2)
                #expect(failure?.message.contains("10.0 seconds") == true)
                #expect(failure?.history.map(\.failure.reason) == [.timeout, .timeout])
            }
        }
        #expect(stage.played.count == 2)
    }

    @Test("by a timeout comes as late as the job was told")
    func deadline() async throws {
        let time = TestTimeSource()
        let stage = Stage.make { _ in
            let context = try JobContext.required
            let first = context.timeRemaining
            time.advance(by: .seconds(4))
            return
                "\(first ?? .zero) \(context.timeRemaining ?? .zero) \(context.deadline.map { $0 - time.now } ?? .zero)"
        }
        try await withWorker(options: .patient(), store: MemoryStore(time: time)) { queue, _ in
            let handle = try await queue.enqueue(stage().timeout(.seconds(10)))
            #expect(try await handle.value() == "10.0 seconds 6.0 seconds 6.0 seconds")
        }
    }

    @Test("that a job does not heed is reported as stuck, once, and the job's end counts")
    func stuck() async throws {
        let time = TestTimeSource()
        let gate = Gate()
        let log = CapturedLog()
        let told = Journal<JobStuck>()
        let stage = Stage.make { name in
            // A fresh task is not cancelled with this one.
            try await Task { try await gate.wait() }.value
            return name
        }
        try await withWorker(options: .patient(), store: MemoryStore(time: time), logger: log.logger) { queue, _ in
            queue.on(JobStuck.self) { told.note($0) }
            let handle = try await queue.enqueue(stage("at last").timeout(.seconds(1)))
            try await withClock(time, sleepers: 3) {
                try await until { !told.entries.isEmpty }
                let reported = time.now
                try await until { time.now >= reported + .seconds(20) }
                gate.open()
                #expect(try await handle.value() == "at last")
            }
            #expect(told.entries.map(\.job.id) == [handle.id])
            #expect(told.entries.allSatisfy { $0.since >= .seconds(5) })
            let entry = try #require(log.entries(with: "does not heed").first)
            #expect(entry.level == .error)
            #expect(entry.metadata["job"] == "\(handle.id)")
        }
    }
}
