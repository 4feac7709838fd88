import RedisSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("turns its clients away") struct RefusalTests {
        @Test("by CLIENT KILL, again and again")
        func clientKill() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server)
            try await run.disturbed { _ in
                let probe = try server.probe()
                let end = ContinuousClock.now + .seconds(2)
                var killed = 0
                while ContinuousClock.now < end {
                    for type in ["normal", "pubsub"] {
                        killed += try probe.command("CLIENT", "KILL", "TYPE", type, "SKIPME", "yes").integer ?? 0
                    }
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(killed > 20)
            }
        }

        @Test("and forgets its scripts, again and again")
        func scriptFlush() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server)
            try await run.disturbed { run in
                let probe = try server.probe()
                let end = ContinuousClock.now + .seconds(2)
                let before = run.effects
                while ContinuousClock.now < end {
                    try probe.command("SCRIPT", "FLUSH")
                    try await Task.sleep(for: .milliseconds(2))
                }
                #expect(run.effects > before, "work goes on meanwhile")
            }
            #expect(run.failures == [])
        }

        @Test("since it may write only where replicas follow, and none does for a while")
        func noReplicas() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server)
            try await run.disturbed { _ in
                let probe = try server.probe()
                try probe.command("CONFIG", "SET", "min-replicas-to-write", "1")
                try await Task.sleep(for: .seconds(1.2))
                try probe.command("CONFIG", "SET", "min-replicas-to-write", "0")
            }
            #expect(run.failures.contains { $0.code == .readOnly })
            #expect(run.failures.allSatisfy { $0.isTransient })
        }

        @Test("since its process stands still, and then deals with all that was sent meanwhile")
        func standsStill() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(on: server)
            try await run.disturbed { run in
                for _ in 0..<2 {
                    server.pause()
                    try await Task.sleep(for: run.settings.lease + .milliseconds(200))
                    server.resume()
                    try await Task.sleep(for: .milliseconds(300))
                }
            }
            #expect(run.failures.contains { $0.code == .unavailable })
        }
    }
}
