import RoostCore
import RoostTesting
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
    /// Nothing but a wake-up tells the worker of the cancel: its heartbeat is hours away.
    @Test("hears of a cancel while it has work, and not only after it")
    func cancel() async throws {
        let gate = Gate()
        let stage = Stage.make { name in
            if name == "waits" { try await gate.wait() }
            return name
        }
        let all = 50_000
        try await withWorker(options: .patient(concurrency: 4), store: BlockingStore()) { queue, _ in
            let handle = try await queue.enqueue(stage("waits"))
            try await until { stage.played.count == 1 }
            try await queue.enqueue((0..<all).map { _ in stage("busy") })
            try await until { stage.played.count > 2000 }
            try await handle.cancel()
            let failure = await #expect(throws: JobFailure.self) { try await handle.value() }
            #expect(failure?.state == .cancelled)
            #expect(stage.played.count < all)
        }
    }
}
