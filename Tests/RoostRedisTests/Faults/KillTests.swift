import RedisSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("is killed and started again") struct KillTests {
        /// Twice in each run: at some moment of the traffic, with connections that wait for their answers.
        private func killTwice(_ server: RedisServer, mayLose lost: LossPeriod? = nil) async throws {
            for turn in 0..<2 {
                // From the first on.
                if turn == 0 { lost?.begins(earlier: Bounds.everySecondMayLose) }
                server.kill()
                lost?.endsNow()
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

        // In these two the kernel lives on and has what was written: they test the death of the process. When the machine
        // dies, what was not synced is lost: with everysec up to a second and what syncing takes, with no some 30 seconds.

        @Test("which loses nothing where each write is handed to the kernel at once (appendfsync no)")
        func whenSystemLikes() async throws {
            let server = try await RedisServer.start(.init(appendOnly: .whenSystemLikes))
            try await FaultRun(on: server).disturbed { _ in try await killTwice(server) }
        }

        @Test("which loses what waited for the disk, where the file is synced every second (appendfsync everysec)")
        func everySecond() async throws {
            let server = try await RedisServer.start(.init(appendOnly: .everySecond))
            let lost = LossPeriod()
            try await FaultRun(on: server).disturbed(forgiving: lost) { _ in
                try await killTwice(server, mayLose: lost)
            }
        }
    }
}
