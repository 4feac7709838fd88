import ProcessSupport
import RedisSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("has a worker that stood still") struct FrozenWorkerTests {
        /// SIGSTOP past the lease, as a machine does that sleeps or swaps. The others take its jobs back and run them; what it
        /// tells when it wakes counts for nothing.
        @Test("for longer than its lease: its late ends are refused")
        func frozen() async throws {
            let server = try await RedisServer.start()
            let run = FaultRun(
                on: server,
                settings: .init(workers: 1, producers: 1, jobMicroseconds: 20_000, jobsIgnoreCancel: true)
            )
            try await run.disturbed { run in
                let folder = try TemporaryFolder()
                let child = try ChildWorker(run.subject.clientURL(timeout: run.settings.timeout), in: folder)
                #expect(try await run.freeze(child) == nil)
            }
            #expect(run.problemsOfSecondRuns() == [])
        }
    }
}
