import ProcessSupport
import RedisSupport
import RoostCore
import RoostRedis
import RoostTesting
import StoreFaults
import Testing

extension FaultTests {
    @Suite("has used all of its memory") struct MemoryTests {
        /// Lets it have so much more than it uses now.
        private func limit(_ server: RedisServer, to more: Int) throws {
            let probe = try server.probe()
            let used = try #require(try probe.info("memory")["used_memory"].flatMap { Int($0) })
            try probe.command("CONFIG", "SET", "maxmemory", "\(used + more)")
        }

        @Test("so it takes nothing more, until workers have made room")
        func full() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server, settings: .init(jobMicroseconds: 1000))
            let store = try await run.open("filler")
            let queue = JobQueue(store: store, logger: run.log.logger)
            let big = FaultJob(microseconds: 1000, padding: String(repeating: "x", count: 50_000))
            try await run.disturbed { run in
                try limit(server, to: 3 << 20)
                // Faster than workers make room.
                var failure: StoreError?
                for _ in 0..<200 where failure == nil {
                    do {
                        try await queue.enqueue(Array(repeating: big, count: 20))
                    } catch let error as StoreError {
                        failure = error
                    }
                }
                #expect(failure?.code == .full)
                #expect(failure?.isTransient == true)
                // By itself, since jobs that have run keep no arguments.
                try await waitUntil("there is room again", within: FaultBounds.workGoesOn) {
                    do {
                        try await queue.enqueue(big)
                        return true
                    } catch let error as StoreError where error.code == .full {
                        return false
                    }
                }
            }
            await store.close()
            #expect(run.failures.allSatisfy { $0.code == .full }, "only enqueues fail: workers go on")
        }
    }
}
