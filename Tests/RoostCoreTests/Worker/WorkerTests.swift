import RoostCore
import Synchronization
import Testing

struct Double_: Job {
    var number: Int
    func run() async throws -> Int { number * 2 }
}

struct Quiet: Job {
    func run() async throws {}
}

struct Find: Job {
    var name: String
    func run() async throws -> String? { name.isEmpty ? nil : name }
}

struct Broken: Error, CustomStringConvertible {
    var description: String { "it broke" }
}

struct Failing: Job {
    static var options: JobOptions { JobOptions(retries: 2, backoff: .constant(.zero)) }
    func run() async throws { throw Broken() }
}

@Suite("A worker", .timeLimit(.minutes(1)))
struct WorkerTests {
    @Test("runs a job, and its handle has the typed output")
    func output() async throws {
        try await withWorker(jobs: [Double_.self]) { queue, _ in
            let handle = try await queue.enqueue(Double_(number: 21))
            #expect(try await handle.value() == 42)
            #expect(try await handle.value() == 42, "a result can be read more than once")
            #expect(try await handle.status == .succeeded)
        }
    }

    @Test("tells nil and Void outputs from not ready")
    func emptyOutputs() async throws {
        try await withWorker(jobs: [Quiet.self, Find.self]) { queue, _ in
            try await queue.enqueue(Quiet()).value()
            #expect(try await queue.enqueue(Find(name: "")).value() == nil)
            #expect(try await queue.enqueue(Find(name: "x")).value() == "x")
        }
        let idle = JobQueue(store: MemoryStore())
        let waiting = try await idle.enqueue(Find(name: ""))
        await #expect(throws: JobWaitTimeout.self) { try await waiting.value(timeout: .zero) }
        #expect(try await waiting.status == .ready)
    }

    @Test("tries a job again as often as it may, then its failure tells all attempts")
    func failure() async throws {
        try await withWorker(jobs: [Failing.self]) { queue, _ in
            let handle = try await queue.enqueue(Failing())
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.attempts == 3)
            #expect(failure?.message == "it broke")
            #expect(failure?.errorType.hasSuffix(".Broken") == true)
            #expect(failure?.history.map(\.attempt) == [1, 2, 3])
            #expect(failure?.state == .failed)
        }
    }

    @Test("runs a thousand jobs in as many slots as it has, and no more at a time")
    func concurrency() async throws {
        let journal = Gauge.shared
        try await withWorker(jobs: [Gauged.self], options: WorkerOptions(concurrency: 8)) { queue, _ in
            let handles = try await queue.enqueue((0..<1000).map { Gauged(number: $0) })
            for handle in handles { try await handle.value() }
        }
        #expect(journal.most.load(ordering: .relaxed) <= 8)
        #expect(journal.total.load(ordering: .relaxed) == 1000)
    }
}

final class Gauge: Sendable {
    static let shared = Gauge()
    let now = Atomic(0)
    let most = Atomic(0)
    let total = Atomic(0)
}

struct Gauged: Job {
    var number: Int

    func run() async throws {
        let gauge = Gauge.shared
        let now = gauge.now.add(1, ordering: .relaxed).newValue
        gauge.most.max(now, ordering: .relaxed)
        gauge.total.add(1, ordering: .relaxed)
        await Task.yield()
        gauge.now.subtract(1, ordering: .relaxed)
    }
}
