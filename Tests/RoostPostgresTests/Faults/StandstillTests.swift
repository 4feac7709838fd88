import PostgresSupport
import ProcessSupport
import RoostCore
import StoreFaults
import Testing

extension FaultTests {
    @Suite("stands still, or has a worker that does") struct StandstillTests {
        @Test("for longer than calls wait and leases last, and then deals with all that was sent meanwhile")
        func server() async throws {
            let server = try await PostgresServer.start()
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

        /// SIGSTOP past the lease, as a machine does that sleeps or swaps. The others take its jobs back and run them; what it
        /// tells when it wakes counts for nothing.
        @Test("a worker, for longer than its lease: its late ends are refused")
        func worker() async throws {
            let server = try await PostgresServer.start()
            let run = FaultRun(
                on: server,
                settings: .init(workers: 1, producers: 1, jobMicroseconds: 20_000, jobsIgnoreCancel: true)
            )
            try await run.disturbed { run in
                let folder = try TemporaryFolder()
                // It has to open its store, however busy the machine is.
                let child = try ChildWorker(run.subject.clientURL(timeout: 5), in: folder)
                #expect(try await run.freeze(child) == nil)
            }
            #expect(run.problemsOfSecondRuns() == [])
        }
    }
}
