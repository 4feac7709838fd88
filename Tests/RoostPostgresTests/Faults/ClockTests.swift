import PostgresSupport
import ProcessSupport
import RoostCore
import RoostTesting
import StoreFaults
import Testing

/// The clocks of a machine whose date is wrong.
private struct WrongDate: TimeSource {
    let ahead: Duration
    private let system = SystemTimeSource()

    init(ahead: Duration) { self.ahead = ahead }

    var now: Timestamp { system.now + ahead }
    var uptime: Duration { system.uptime }

    @concurrent func sleep(until deadline: Duration) async throws { try await system.sleep(until: deadline) }
}

extension FaultTests {
    @Suite("has workers whose clocks are wrong") struct ClockTests {
        @Test("by an hour: leases and dates are those of the server's", arguments: [1, -1])
        func wrong(hours: Int) async throws {
            let server = try await PostgresServer.start()
            let time = WrongDate(ahead: .seconds(3600 * hours))
            // Long enough for a busy machine: no call is to fail, and no lease to end.
            let run = FaultRun(on: server, settings: .init(lease: .seconds(4), timeout: 5, workerTime: time))
            try await run.disturbed { run in
                let store = try await run.open("long")
                let queue = JobQueue(store: store, logger: run.log.logger)
                // Longer than its lease, which is extended meanwhile.
                let long = try await queue.enqueue(FaultJob(microseconds: 6_000_000)).id
                let start = ContinuousClock.now
                let later = try await queue.enqueue(FaultJob(microseconds: 0).delayed(by: .seconds(1))).id
                try await waitUntil("the later job has run") { run.ledger.hasEffect(later) }
                #expect(ContinuousClock.now - start > .milliseconds(900))
                try await waitUntil("the long job has run") { run.ledger.hasEffect(long) }
                await store.close()
            }
            #expect(run.failures == [])
            #expect(try server.sql("SELECT sum(crashes), max(attempt) FROM roost.done") == [["0", "1"]])
            // Dates that workers tell are theirs; those by which jobs are judged are not.
            #expect(
                try server.sql(
                    """
                    SELECT count(*) FROM roost.done
                    WHERE abs(finished_at - extract(epoch FROM clock_timestamp()) * 1000000) > 120000000
                    """
                ) == [["0"]]
            )
        }
    }
}
