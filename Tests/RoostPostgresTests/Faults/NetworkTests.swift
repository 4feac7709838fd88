import PostgresSupport
import RoostCore
import StoreFaults
import TCPProxy
import Testing

extension FaultTests {
    @Suite("is behind a network") struct NetworkTests {
        /// Runs producers and workers behind a proxy that `fault` disturbs, and the judge past it.
        private func disturbed(
            _ settings: FaultSettings = .init(),
            _ fault: (TCPProxy, FaultRun<PostgresSubject>) async throws -> Void
        ) async throws -> FaultRun<PostgresSubject> {
            let server = try await PostgresServer.start()
            let proxy = try TCPProxy(to: server.port)
            let url = "postgres://postgres@127.0.0.1:\(proxy.port)/postgres"
            let run = FaultRun(on: server, by: url, settings: settings)
            try await run.disturbed { run in try await fault(proxy, run) }
            proxy.stop()
            return run
        }

        @Test("that stalls for longer than a call may take")
        func stall() async throws {
            let run = try await disturbed { proxy, _ in
                for _ in 0..<2 {
                    proxy.stall()
                    try await Task.sleep(for: .seconds(1.2))
                    proxy.resume()
                    try await Task.sleep(for: .milliseconds(400))
                }
            }
            #expect(run.failures.contains { $0.code == .unavailable })
        }

        @Test("that is slow")
        func delay() async throws {
            let run = try await disturbed(.init(timeout: 5)) { proxy, run in
                proxy.setDelay(.milliseconds(40))
                try await run.waitForEffects(more: 100)
                proxy.setDelay(.zero)
            }
            #expect(run.failures == [], "within the time limit nothing fails")
        }

        @Test("that cuts connections", arguments: [TCPProxy.Ending.reset, .finish])
        func cut(_ ending: TCPProxy.Ending) async throws {
            _ = try await disturbed { proxy, _ in
                let before = proxy.counts.accepted
                let isEnough = { proxy.counts.accepted > before + 10 }
                try await again(for: .seconds(1.5), every: .milliseconds(50), until: isEnough) { _ in
                    proxy.cut(ending)
                }
            }
        }

        @Test("that loses what goes one way", arguments: TCPProxy.Direction.allCases)
        func oneWay(_ direction: TCPProxy.Direction) async throws {
            let run = try await disturbed { proxy, _ in
                proxy.cut(direction)
                try await Task.sleep(for: .seconds(1.5))
                #expect(proxy.counts.lostBytes > 0)
                proxy.mend()
            }
            #expect(run.failures.contains { $0.code == .unavailable })
        }

        @Test("that cuts answers in their middle, anywhere")
        func middle() async throws {
            _ = try await disturbed { proxy, _ in
                let before = proxy.counts.accepted
                let isEnough = { proxy.counts.accepted > before + 10 }
                try await again(for: .seconds(2), every: .milliseconds(25), until: isEnough) { turn in
                    proxy.cut(after: turn * 53 % 1500, .replies)
                }
                proxy.cut(after: .max, .replies)
            }
        }

        @Test("that lets nobody through for a while")
        func refused() async throws {
            let run = try await disturbed { proxy, _ in
                proxy.refuseConnections()
                proxy.cut()
                try await Task.sleep(for: .seconds(1.5))
                try proxy.acceptConnections()
            }
            #expect(run.failures.contains { $0.code == .unavailable })
        }
    }
}
