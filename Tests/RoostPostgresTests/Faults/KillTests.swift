import PostgresSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("is killed and started again") struct KillTests {
        @Test("again and again: nothing that was acknowledged is lost")
        func postmaster() async throws {
            let server = try await PostgresServer.start(.init(isDurable: true))
            try await FaultRun(on: server).disturbed { run in
                for turn in 0..<3 {
                    server.kill()
                    // Once for longer than calls wait, and leases last.
                    try await Task.sleep(for: turn == 1 ? run.settings.lease * 1.5 : .milliseconds(200))
                    try await server.restart()
                    try await run.waitForEffects(more: 20)
                }
            }
        }

        @Test("by an operator who waits for nobody (immediate)")
        func immediate() async throws {
            let server = try await PostgresServer.start(.init(isDurable: true))
            try await FaultRun(on: server).disturbed { run in
                for mode in [PostgresServer.StopMode.immediate, .fast] {
                    try await server.stop(mode)
                    try await server.restart()
                    try await run.waitForEffects(more: 20)
                }
            }
        }
    }

    @Suite("ends its connections") struct TerminationTests {
        @Test("by pg_terminate_backend, again and again")
        func terminated() async throws {
            let server = try await PostgresServer.start()
            try await FaultRun(on: server).disturbed { run in
                var ended = 0
                let before = run.effects
                // Work goes on meanwhile.
                let isEnough = { ended > 50 && run.effects > before }
                try await again(for: .seconds(2), every: .milliseconds(10), until: isEnough) { _ in
                    ended += try server.sql(
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                        """
                    ).count
                }
            }
        }

        @Test("by pg_cancel_backend, again and again")
        func cancelled() async throws {
            let server = try await PostgresServer.start()
            let run = FaultRun(on: server)
            try await run.disturbed { run in
                var asked = 0
                // Of those that are asked some have ended before they hear of it.
                let isEnough = { asked >= 20 && run.failures.contains { $0.code == .busy } }
                try await again(for: .seconds(1.5), every: .milliseconds(5), until: isEnough) { _ in
                    asked += try server.sql(
                        """
                        SELECT pg_cancel_backend(pid) FROM pg_stat_activity
                        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND state = 'active'
                        """
                    ).count
                }
            }
        }
    }
}
