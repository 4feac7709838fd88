import Foundation
import Logging
import RoostCore
import RoostTesting
import Testing

private struct Twin: Job {
    static var kind: String { "Double_" }
    func run() async throws {}
}

private struct Moved: Job {
    static var kind: String { "ServingTests.Moved" }
    static var aliases: [String] { ["ServingTests.Before"] }
    var number: Int
    func run() async throws -> Int { number }
}

@Suite("What a worker serves", .timeLimit(.minutes(1)))
struct ServingTests {
    @Test("are the kinds it knows: others are left alone, and it warns of them")
    func unknownKinds() async throws {
        let time = TestTimeSource()
        let store = MemoryStore(time: time)
        let log = CapturedLog()
        let stage = Stage.make()
        let stranger = try await JobQueue(store: store).enqueue(Double_(number: 1))
        try await withWorker(options: .patient(), store: store, logger: log.logger) { queue, _ in
            let handle = try await queue.enqueue(stage())
            _ = try await handle.value()
            try await until { !log.entries(with: "does not know").isEmpty }
            #expect(try await stranger.status == .ready)
            #expect(try await stranger.snapshot.claims == 0)
        }
        let warning = try #require(log.entries(with: "does not know").first)
        #expect(warning.level == .warning)
        #expect(warning.metadata["kind"] == "Double_")
        #expect(warning.metadata["ready"] == "1")
    }

    @Test("must not be two types of one kind: it does not start, and names both")
    func duplicates() async throws {
        let queue = JobQueue(store: MemoryStore(), logger: .quiet)
        let worker = Worker(queue, jobs: [Double_.self, Twin.self], discoversJobs: false)
        let error = await #expect(throws: DuplicateJobKind.self) { try await worker.run() }
        #expect(error?.kind == "Double_")
        #expect(error?.description.contains("Twin") == true)
        #expect(error?.description.contains("RoostCoreTests.Double_") == true)
    }

    @Test("are also jobs stored under an earlier name of their kind")
    func aliases() async throws {
        try await withWorker(jobs: [Moved.self]) { queue, _ in
            let job = NewJob(kind: "ServingTests.Before", payload: Payload(bytes: Data(#"{"number":7}"#.utf8)))
            _ = try await queue.store.enqueue(EnqueueBatch(jobs: [job]))
            #expect(try await queue.handle(for: job.id, of: Moved.self).value() == 7)
            #expect(try await queue.enqueue(Moved(number: 8)).value() == 8)
        }
    }

    @Test("are its own queues, and no others")
    func queues() async throws {
        let stage = Stage.make()
        let options = WorkerOptions(concurrency: 2, queues: ["a", "b"])
        try await withWorker(options: options) { queue, _ in
            let other = try await queue.enqueue(stage("c").queue("c"))
            let served = try await queue.enqueue([stage("a").queue("a"), stage("b").queue("b")])
            for handle in served { _ = try await handle.value() }
            #expect(try await other.status == .ready)
        }
        #expect(stage.played.sorted() == ["a", "b"])
    }

    @Test("is shared between workers of one store, each job run by one of them")
    func twoWorkers() async throws {
        let store = MemoryStore()
        let workers = Journal<String>()
        let stage = Stage.make { name in
            workers.note(Slot.current?.worker ?? "none")
            await Task.yield()
            return name
        }
        var first = WorkerOptions(concurrency: 2)
        first.name = "first"
        var second = first
        second.name = "second"
        let options = second
        try await withWorker(options: first, store: store) { queue, _ in
            try await withWorker(options: options, store: store) { _, _ in
                let handles = try await queue.enqueue((0..<500).map { stage("\($0)") })
                for handle in handles { _ = try await handle.value() }
            }
        }
        #expect(stage.played.count == 500)
        #expect(Set(stage.played).count == 500)
        #expect(Set(workers.entries) == ["first", "second"])
    }

    @Test("is refused by options that cannot work, before anything starts")
    func badOptions() async throws {
        let queue = JobQueue(store: MemoryStore(), logger: .quiet)
        for (option, options) in [
            ("concurrency", WorkerOptions(concurrency: 0)),
            ("queues", WorkerOptions(queues: [])),
            ("queues", WorkerOptions(queues: ["a", "a"])),
            ("lease", WorkerOptions(lease: .milliseconds(10))),
            ("heartbeat", WorkerOptions(lease: .seconds(10), heartbeat: .seconds(6))),
            ("pollInterval", WorkerOptions(pollInterval: .zero)),
            ("grace", WorkerOptions(grace: .seconds(-1))),
        ] {
            let worker = Worker(queue, options: options, discoversJobs: false)
            let error = await #expect(throws: InvalidWorkerOption.self) { try await worker.run() }
            #expect(error?.option == option)
        }
        #expect(try await queue.store.workers().isEmpty)
    }

    @Test("is seen in the store while it runs")
    func registration() async throws {
        var options = WorkerOptions(concurrency: 3, queues: ["a", "b"])
        options.name = "seen"
        try await withWorker(jobs: [Moved.self], options: options) { queue, _ in
            try await until { try await !queue.store.workers().isEmpty }
            let worker = try #require(try await queue.store.workers().first)
            #expect(worker.registration.name == "seen")
            #expect(worker.registration.queues == ["a", "b"])
            #expect(worker.registration.slots == 3)
            #expect(worker.registration.kinds == ["Act", "ServingTests.Before", "ServingTests.Moved"])
        }
    }
}
