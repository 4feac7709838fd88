import Foundation
import RoostCore
import RoostTesting
import Synchronization
import Testing

/// Blocks its thread until as many have come as are expected.
private final class Meeting: Sendable {
    private let come = Atomic(0)
    let size: Int

    init(size: Int) {
        self.size = size
    }

    func attend() {
        come.add(1, ordering: .relaxed)
        block { come.load(ordering: .relaxed) >= size }
    }
}

/// Blocks the thread until `condition` holds. Not for ever: with every thread blocked no time limit would end the test.
private func block(until condition: () -> Bool) {
    let start = ContinuousClock.now
    while !condition() {
        guard ContinuousClock.now - start < .seconds(30) else {
            Issue.record("what the thread was blocked for did not come")
            return
        }
        usleep(100)
    }
}

@Suite("Slots", .timeLimit(.minutes(1)))
struct ThreadSlotTests {
    @Test("on threads run jobs that block side by side")
    func parallel() async throws {
        let meeting = Meeting(size: 8)
        let stage = Stage.make { name in
            meeting.attend()
            return name
        }
        try await withWorker(options: WorkerOptions(concurrency: 8, slots: .threads)) { queue, _ in
            for handle in try await queue.enqueue((0..<8).map { stage("\($0)") }) { _ = try await handle.value() }
        }
        #expect(stage.played.count == 8)
    }

    @Test("on threads can be cancelled while their job blocks, if it looks")
    func cancel() async throws {
        let stage = Stage.make { name in
            if name == "next" { return name }
            block { Task.isCancelled }
            throw CancellationError()
        }
        try await withWorker(options: WorkerOptions(concurrency: 1, slots: .threads)) { queue, _ in
            let handle = try await queue.enqueue(stage())
            try await until { stage.played.count == 1 }
            try await handle.cancel()
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(try await queue.enqueue(stage("next")).value() == "next")
        }
    }

    @Test("on threads have their hooks and locals as others do")
    func hooks() async throws {
        let journal = Journal<String>()
        let local = WorkerLocal {
            1
        } close: { _ in
            journal.note("close")
        }
        let stage = Stage.make { _ in "\(try await local.current)" }
        let configure: (Worker) -> Void = { worker in
            worker.onStartup { _ in journal.note("startup") }
            worker.onShutdown { _ in journal.note("shutdown") }
        }
        let options = WorkerOptions(concurrency: 1, slots: .threads)
        try await withWorker(options: options, configure: configure) { queue, _ in
            let value = try await queue.enqueue(stage()).value()
            #expect(value == "1")
        }
        #expect(journal.entries == ["startup", "shutdown", "close"])
    }

    @Test("whose jobs block every thread of the pool do not keep the worker from extending its leases")
    func leases() async throws {
        let store = WatchedStore()
        let slots = ProcessInfo.processInfo.activeProcessorCount
        let meeting = Meeting(size: slots)
        let stage = Stage.make { name in
            // From here on no task of the pool goes on, until the leases were extended several times.
            meeting.attend()
            let before = store.count(of: .extend)
            block { store.count(of: .extend) >= before + 5 }
            return name
        }
        let options = WorkerOptions(concurrency: slots, heartbeat: .milliseconds(10))
        try await withWorker(options: options, store: store) { queue, _ in
            for handle in try await queue.enqueue((0..<slots).map { stage("\($0)") }) {
                _ = try await handle.value()
                #expect(try await handle.snapshot.claims == 1)
            }
        }
        #expect(stage.played.count == slots)
    }
}
