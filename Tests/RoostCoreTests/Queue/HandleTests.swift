import Foundation
import RoostTesting
import Testing

@testable import RoostCore

/// Stored under one kind, read as another type's output.
private struct Older: Job {
    static var kind: String { "HandleTests.Changed" }
    func run() async throws -> String { "text" }
}

private struct Newer: Job {
    static var kind: String { "HandleTests.Changed" }
    func run() async throws -> Int { 1 }
}

private struct Renamed: Job {
    static var kind: String { "HandleTests.Renamed" }
    static var aliases: [String] { ["Act"] }
    func run() async throws -> String { "" }
}

@Suite("A handle", .timeLimit(.minutes(1)))
struct HandleTests {
    @Test("that is waited for is woken when its job ends")
    func wakeUp() async throws {
        let gate = Gate()
        let stage = Stage.make { name in
            try await gate.wait()
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage("woken"))
            async let value = handle.value()
            try await until { try await handle.status == .running }
            gate.open()
            #expect(try await value == "woken")
        }
    }

    @Test("is given up when its time is over, and can be asked again")
    func timeout() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let stage = Stage.make()
        let handle = try await JobQueue(store: store).enqueue(stage("late"))
        let value = Task { try await handle.value(timeout: .seconds(3)) }
        try await time.waitForSleepers(1)
        #expect(time.nextDeadline == time.uptime + .seconds(3))
        time.advance(by: .seconds(3))
        await #expect(throws: JobWaitTimeout(job: handle.id, waited: .seconds(3))) { try await value.value }
        await #expect(throws: JobWaitTimeout.self) { try await handle.value(timeout: .zero) }
        try await withWorker(options: .patient(), store: store) { _, _ in
            let value = try await handle.value(timeout: .seconds(3))
            #expect(value == "late")
        }
    }

    @Test("stops to wait when the task that asks is cancelled")
    func cancelled() async throws {
        let stage = Stage.make()
        let handle = try await JobQueue(store: MemoryStore()).enqueue(stage())
        let waiting = Task { try await handle.value() }
        await Task.yield()
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try await handle.status == .ready)
    }

    @Test("may be one of ten thousand that are waited for at once")
    func many() async throws {
        let store = MemoryStore()
        let stage = Stage.make()
        let handles = try await JobQueue(store: store).enqueue((0..<10_000).map { stage("\($0)") })
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for handle in handles { group.addTask { Int(try await handle.value()) ?? -1 } }
            try await withWorker(store: store) { _, _ in
                try await until { try await store.counts().first?.byState[.succeeded] == 10_000 }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 49_995_000)
    }

    @Test("may be waited for by many at once")
    func sameJob() async throws {
        let store = MemoryStore()
        let stage = Stage.make()
        let handle = try await JobQueue(store: store).enqueue(stage("one"))
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 { group.addTask { try await handle.value() } }
            try await withWorker(store: store) { _, _ in _ = try await handle.value() }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(values == Array(repeating: "one", count: 100))
    }

    @Test("of a job that was never stored says so at once")
    func unknown() async throws {
        let queue = JobQueue(store: MemoryStore())
        let id = JobID()
        let handle = queue.handle(for: id, of: Act.self)
        let error = JobNotFound(job: id)
        await #expect(throws: error) { try await handle.value() }
        await #expect(throws: error) { try await handle.status }
        await #expect(throws: error) { try await handle.snapshot }
        await #expect(throws: error) { try await handle.cancel() }
        await #expect(throws: error) { try await handle.reschedule(after: .seconds(1)) }
    }

    @Test("of a job that goes away while it is waited for says so within seconds")
    func deleted() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let stage = Stage.make()
        let queue = JobQueue(store: store)
        let handle = try await queue.enqueue(stage())
        let value = Task { try await handle.value() }
        try await time.waitForSleepers(1)
        // In one step for all who look: nobody sees the end itself.
        try await handle.cancel()
        try await queue.perform(.delete(handle.id))
        try await withClock(time) {
            do {
                _ = try await value.value
                Issue.record("there is no value")
            } catch let error as JobFailure {
                #expect(error.state == .cancelled)
            } catch {
                #expect(error as? JobNotFound == JobNotFound(job: handle.id))
            }
        }
    }

    @Test("that is waited for fails when the store is closed")
    func closed() async throws {
        let time = TestTimeSource()
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore(time: time))
        let handle = try await queue.enqueue(stage())
        let value = Task { try await handle.value() }
        try await time.waitForSleepers(1)
        await queue.close()
        let error = await #expect(throws: StoreError.self) { try await value.value }
        #expect(error?.code == .closed)
    }

    @Test("leaves no task behind when all who waited have their answer")
    func noLeftovers() async throws {
        let time = TestTimeSource()
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore(time: time))
        let handle = try await queue.enqueue(stage())
        let value = Task { try await handle.value(timeout: .seconds(60)) }
        try await time.waitForSleepers(1)
        try await handle.cancel()
        await #expect(throws: JobFailure.self) { try await value.value }
        try await until { time.sleepers == 0 }
    }

    @Test("asked for as another kind of job does not give its output")
    func wrongType() async throws {
        let stage = Stage.make()
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage("text"))
            #expect(try await handle.value() == "text")
            let wrong = queue.handle(for: handle.id, of: Double_.self)
            let error = await #expect(throws: JobOutputUndecodable.self) { try await wrong.value() }
            #expect(error?.kind == "Act")
            #expect(error?.description.contains("Double_") == true)
            #expect(try await queue.handle(for: handle.id, of: Renamed.self).value() == "text", "by an alias")
        }
    }

    @Test("says when what was stored is not of the job's output type")
    func undecodableOutput() async throws {
        try await withWorker(jobs: [Older.self]) { queue, _ in
            let id = try await queue.enqueue(Older()).id
            let newer = queue.handle(for: id, of: Newer.self)
            try await until { try await newer.status == .succeeded }
            let error = await #expect(throws: JobOutputUndecodable.self) { try await newer.value() }
            #expect(error?.job == id)
        }
    }

    @Test("moves a start that is to come, to later or to sooner")
    func reschedule() async throws {
        let time = TestTimeSource()
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore(time: time))
        let handle = try await queue.enqueue(stage().delayed(by: .hours(1)))
        try await handle.reschedule(after: .hours(5))
        #expect(try await handle.snapshot.dueAt == time.now + .hours(5))
        try await handle.reschedule(at: (time.now + .hours(2)).date)
        #expect(try await handle.snapshot.dueAt == time.now + .hours(2))
        try await handle.reschedule(after: .zero)
        #expect(try await handle.status == .ready)
        try await handle.reschedule(after: .hours(1))
        #expect(try await handle.status == .scheduled)
        await #expect(throws: InvalidJobOption.self) { try await handle.reschedule(after: .seconds(-1)) }
    }

    @Test("does not move the start of a job that runs or has ended")
    func rescheduleRefused() async throws {
        let gate = Gate()
        let stage = Stage.make { name in
            try await gate.wait()
            return name
        }
        try await withWorker { queue, _ in
            let handle = try await queue.enqueue(stage())
            try await until { try await handle.status == .running }
            await #expect(throws: JobNotReschedulable(job: handle.id, state: .running)) {
                try await handle.reschedule(after: .seconds(1))
            }
            gate.open()
            _ = try await handle.value()
            await #expect(throws: JobNotReschedulable(job: handle.id, state: .succeeded)) {
                try await handle.reschedule(after: .seconds(1))
            }
        }
    }
}
