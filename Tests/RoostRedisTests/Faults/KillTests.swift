import RedisSupport
import RoostCore
import Testing

extension FaultTests {
    @Suite("is killed and started again") struct KillTests {
        /// Twice in each run: at some moment of the traffic, with connections that wait for their answers.
        private func killTwice(_ server: RedisServer) async throws {
            for _ in 0..<2 {
                server.kill()
                try await Task.sleep(for: .milliseconds(300))
                try await server.restart()
                try await Task.sleep(for: .milliseconds(700))
            }
        }

        @Test("which loses nothing where each write is synced (appendfsync always)")
        func always() async throws {
            let server = try await RedisServer.start(.init(appendOnly: .always))
            try await FaultRun(on: server).disturbed { _ in try await killTwice(server) }
        }

        /// The kernel lives on here and has what was written: this tests the death of the process, not that of the machine.
        @Test(
            "which loses nothing that was written, where the file is synced later",
            arguments: [RedisServer.Options.AppendOnly.everySecond, .whenSystemLikes]
        )
        func later(_ appendOnly: RedisServer.Options.AppendOnly) async throws {
            let server = try await RedisServer.start(.init(appendOnly: appendOnly))
            try await FaultRun(on: server).disturbed { _ in try await killTwice(server) }
        }
    }
}
