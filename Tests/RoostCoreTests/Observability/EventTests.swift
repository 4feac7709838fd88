import RoostCore
import RoostTesting
import Synchronization
import Testing

/// An event in a few words.
private func words(_ event: any JobEvent) -> String {
    switch event {
    case is JobEnqueued: "enqueued"
    case let event as JobClaimed: "claimed \(event.attempt)"
    case let event as JobSucceeded: "succeeded \(event.attempt)"
    case let event as JobFailed: "failed \(event.attempt) \(event.failure.reason.rawValue)"
    case let event as JobRetrying: "retrying \(event.attempt)"
    case is JobCancelled: "cancelled"
    case is JobExpired: "expired"
    case is JobSkipped: "skipped"
    case is JobBecameReady: "ready"
    case is JobScheduled: "scheduled"
    case is JobReleased: "released"
    case let event as JobCrashed: "crashed \(event.attempt)"
    case is JobStuck: "stuck"
    default: "\(type(of: event))"
    }
}

extension JobQueue {
    /// Notes all events by job. The handler is called for each type, since there is one for all.
    fileprivate func note(in journal: Journal<(JobID, String)>) {
        @Sendable func note(_ event: some JobEvent) { journal.note((event.job.id, words(event))) }
        on(JobEnqueued.self) { note($0) }
        on(JobClaimed.self) { note($0) }
        on(JobSucceeded.self) { note($0) }
        on(JobFailed.self) { note($0) }
        on(JobRetrying.self) { note($0) }
        on(JobCancelled.self) { note($0) }
        on(JobExpired.self) { note($0) }
        on(JobSkipped.self) { note($0) }
        on(JobBecameReady.self) { note($0) }
        on(JobScheduled.self) { note($0) }
        on(JobReleased.self) { note($0) }
        on(JobCrashed.self) { note($0) }
        on(JobStuck.self) { note($0) }
    }
}

extension Journal<(JobID, String)> {
    fileprivate func events(of id: JobID) -> [String] {
        entries.filter { $0.0 == id }.map(\.1)
    }
}

@Suite("Events", .timeLimit(.minutes(1)))
struct EventTests {
    @Test("of a job come in the order of its life")
    func life() async throws {
        let journal = Journal<(JobID, String)>()
        let stage = Stage.make { name in
            switch name {
            case "bad": throw Broken()
            case "cancels": throw CancelExecution()
            default: return name
            }
        }
        let ids = try await withWorker { queue, _ in
            queue.note(in: journal)
            let good = try await queue.enqueue(stage("good"))
            let bad = try await queue.enqueue(stage("bad").retries(1, backoff: .constant(.zero)))
            let cancels = try await queue.enqueue(stage("cancels"))
            let expired = try await queue.enqueue(stage("expires").expires(after: .zero))
            for handle in [good, bad, cancels, expired] { _ = try? await handle.value() }
            return [good, bad, cancels, expired].map(\.id)
        }
        #expect(journal.events(of: ids[0]) == ["enqueued", "claimed 1", "succeeded 1"])
        let failing = ["enqueued", "claimed 1", "retrying 1", "claimed 2", "failed 2 error"]
        #expect(journal.events(of: ids[1]) == failing)
        #expect(journal.events(of: ids[2]) == ["enqueued", "claimed 1", "cancelled"])
        #expect(journal.events(of: ids[3]) == ["enqueued", "expired"])
    }

    @Test("tell of an enqueue before anything that a worker does on account of it")
    func enqueuedFirst() async throws {
        let journal = Journal<(JobID, String)>()
        let stage = Stage.make()
        let ids = try await withWorker { queue, _ in
            queue.note(in: journal)
            return try await withThrowingTaskGroup(of: [JobID].self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var ids: [JobID] = []
                        for _ in 0..<50 {
                            let handle = try await queue.enqueue(stage())
                            _ = try await handle.value()
                            ids.append(handle.id)
                        }
                        return ids
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }
        #expect(ids.count == 400)
        for id in ids {
            // On a slow machine a job may wait too long behind others, and is given back and claimed again.
            let events = journal.events(of: id).split(separator: ["released", "claimed 1"]).flatMap { $0 }
            #expect(events == ["enqueued", "claimed 1", "succeeded 1"])
        }
    }

    @Test("come after the store has what they tell")
    func afterTheStore() async throws {
        let states = Journal<String>()
        let stage = Stage.make { name in
            if name == "bad" { throw Broken() }
            return name
        }
        try await withWorker { queue, _ in
            queue.on(JobEnqueued.self) { states.note(try await queue.job($0.job.id) == nil ? "lost" : "stored") }
            queue.on(JobSucceeded.self) { states.note(try await queue.job($0.job.id)?.state.rawValue ?? "lost") }
            queue.on(JobFailed.self) { states.note(try await queue.job($0.job.id)?.state.rawValue ?? "lost") }
            _ = try await queue.enqueue(stage("good")).value()
            _ = try? await queue.enqueue(stage("bad")).value()
        }
        #expect(states.entries.sorted() == ["failed", "stored", "stored", "succeeded"])
    }

    @Test("tell of delayed jobs that their time has come, and of children that their turn has")
    func ready() async throws {
        let time = TestTimeSource()
        let journal = Journal<(JobID, String)>()
        let stage = Stage.make { name in
            if name == "bad" { throw Broken() }
            return name
        }
        let store = MemoryStore(time: time)
        let (delayed, child, skipped) = try await withWorker(options: .patient(), store: store) { queue, _ in
            queue.note(in: journal)
            let delayed = try await queue.enqueue(stage("delayed").delayed(by: .seconds(5)))
            let (_, child) = try await queue.enqueue(stage("parent").followed(by: stage("child")))
            let (_, skipped) = try await queue.enqueue(stage("bad").followed(by: stage("skipped")))
            try await withClock(time, sleepers: 3) {
                _ = try await (delayed.value(), child.value())
                _ = try? await skipped.value()
            }
            return (delayed.id, child.id, skipped.id)
        }
        #expect(journal.events(of: delayed) == ["enqueued", "ready", "claimed 1", "succeeded 1"])
        #expect(journal.events(of: child) == ["enqueued", "ready", "claimed 1", "succeeded 1"])
        #expect(journal.events(of: skipped) == ["enqueued", "skipped"])
    }

    @Test("tell of a cancel and of what it skips, also without a worker")
    func withoutWorker() async throws {
        let journal = Journal<(JobID, String)>()
        let stage = Stage.make()
        let queue = JobQueue(store: MemoryStore())
        queue.note(in: journal)
        let (parent, child) = try await queue.enqueue(stage("parent").followed(by: stage("child")))
        try await parent.cancel()
        try await until { journal.entries.count == 4 }
        #expect(journal.events(of: parent.id) == ["enqueued", "cancelled"])
        #expect(journal.events(of: child.id) == ["enqueued", "skipped"])
    }

    @Test("reach each handler of their type, whatever another one throws")
    func isolation() async throws {
        let log = CapturedLog()
        let journal = Journal<String>()
        let stage = Stage.make()
        try await withWorker(logger: log.logger) { queue, _ in
            queue.on(JobSucceeded.self) { _ in journal.note("first") }
            queue.on(JobSucceeded.self) { _ in throw Broken() }
            queue.on(JobSucceeded.self) { _ in journal.note("third") }
            let value = try await queue.enqueue(stage("fine")).value()
            #expect(value == "fine")
        }
        #expect(journal.entries == ["first", "third"])
        let entry = try #require(log.entries(with: "event handler threw").first)
        #expect(entry.metadata["event"] == "JobSucceeded")
        #expect(entry.metadata["error"] == "it broke")
    }

    @Test("are told to one handler at a time, and nobody waits for a slow one")
    func slowHandler() async throws {
        let gate = Gate()
        let journal = Journal<String>()
        let stage = Stage.make()
        try await withWorker { queue, _ in
            queue.on(JobSucceeded.self) { _ in
                journal.note("begin")
                try await gate.wait()
                journal.note("end")
            }
            for _ in 0..<3 { _ = try await queue.enqueue(stage()).value() }
            try await until { journal.entries == ["begin"] }
            gate.open()
        }
        #expect(journal.entries == ["begin", "end", "begin", "end", "begin", "end"])
    }

    @Test("are told no more to a handler that was removed")
    func removal() async throws {
        let removed = Journal<JobID>()
        let kept = Journal<JobID>()
        let stage = Stage.make()
        try await withWorker { queue, _ in
            let subscription = queue.on(JobSucceeded.self) { removed.note($0.job.id) }
            queue.on(JobSucceeded.self) { kept.note($0.job.id) }
            _ = try await queue.enqueue(stage()).value()
            try await until { kept.entries.count == 1 }
            subscription.remove()
            _ = try await queue.enqueue(stage()).value()
        }
        #expect(removed.entries.count == 1)
        #expect(kept.entries.count == 2)
    }

    @Test("may lead a handler to enqueue more")
    func reentrant() async throws {
        let stage = Stage.make()
        try await withWorker { queue, _ in
            queue.on(JobSucceeded.self) { _ in
                if stage.played.count < 10 { try await queue.enqueue(stage("\(stage.played.count)")) }
            }
            try await queue.enqueue(stage("0"))
            try await until { stage.played.count == 10 }
        }
        #expect(stage.played == (0..<10).map { "\($0)" })
    }

    @Test("come as sequences too, of one type or of all")
    func sequences() async throws {
        let stage = Stage.make()
        try await withWorker { queue, _ in
            let succeeded = queue.events(of: JobSucceeded.self)
            let all = queue.events
            let handles = try await queue.enqueue((0..<3).map { stage("\($0)") })
            for handle in handles { _ = try await handle.value() }
            var ids: [JobID] = []
            for await event in succeeded.prefix(3) { ids.append(event.job.id) }
            #expect(Set(ids) == Set(handles.map(\.id)))
            var types: Set<String> = []
            for await event in all.prefix(9) { types.insert("\(type(of: event))") }
            #expect(types == ["JobEnqueued", "JobClaimed", "JobSucceeded"])
        }
    }

    @Test("tell of an enqueue that failed nothing at all, and go on")
    func failedEnqueue() async throws {
        let journal = Journal<(JobID, String)>()
        let store = WatchedStore(
            before: { call, number in call == .enqueue && number == 1 ? StoreError(.full, "no room") : nil }
        )
        let stage = Stage.make()
        let queue = JobQueue(store: store, logger: .quiet)
        queue.note(in: journal)
        await #expect(throws: StoreError.self) { try await queue.enqueue(stage()) }
        let handle = try await queue.enqueue(stage())
        try await until { !journal.entries.isEmpty }
        #expect(journal.entries.map(\.0) == [handle.id])
    }
}
