import RoostCore
import RoostTesting
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Blocks the thread that exchanges, as SQLite does, so that some job has always ended by the time it is done.
private struct BlockingStore: StoreLayer {
    let base: any JobStore = MemoryStore()

    @concurrent func exchange(_ request: Exchange) async throws(StoreError) -> ExchangeAnswer {
        usleep(2000)
        return try await base.exchange(request)
    }
}

@Suite("An engine that always has something to tell the store", .timeLimit(.minutes(1)))
struct BusyEngineTests {
    /// Jobs that put the next one of their name in line, until the gate opens, beside those that wait for it.
    private static func busy(_ gate: Gate, _ queue: JobQueue) -> Stage {
        let number = Mutex(0)
        let stage = Stage.make { name in
            if name != "busy" {
                try await gate.wait()
                return name
            }
            let next = number.withLock { $0 }
            _ = try await queue.enqueue(Act(stage: next, name: "busy"))
            return name
        }
        number.withLock { $0 = stage.number }
        return stage
    }

    /// Nothing but a wake-up tells the worker of the cancel: its heartbeat is hours away.
    @Test("hears of a cancel at once, and the slot of the cancelled job goes on", arguments: [false, true])
    func cancel(byTimeout: Bool) async throws {
        let store = BlockingStore()
        let client = JobQueue(store: store)
        let stage = Self.busy(Gate(), client)
        try await withWorker(options: .patient(concurrency: 4), store: store) { queue, worker in
            try await queue.enqueue((0..<3).map { _ in stage("busy") })
            try await until { stage.played.count > 20 }
            for number in 0..<3 {
                let job = stage("waits \(number)").timeout(byTimeout ? .milliseconds(1) : .hours(1))
                let handle = try await queue.enqueue(job)
                try await until { stage.played.contains("waits \(number)") }
                if !byTimeout { try await handle.cancel() }
                let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
                #expect(failure?.state == (byTimeout ? .failed : .cancelled))
            }
            let before = stage.played.count
            try await until { stage.played.count > before + 20 }
        }
    }
}
