import PostgresSupport
import ProcessSupport
import RoostCore
import RoostPostgresClient
import StoreFaults
import Testing

extension FaultTests {
    @Suite("has somebody who holds") struct HeldTests {
        private func sessions(of server: PostgresServer) throws -> PostgresClient {
            PostgresClient(try PostgresConfiguration(server.url), logger: CapturedLog().logger)
        }

        private func query(_ sql: String) -> PostgresQuery { PostgresQuery(sql, prepared: false) }

        /// Its snapshot keeps all rows that jobs leave behind from being cleared away.
        @Test("a transaction open: work goes on, and a job that was enqueued in it runs once it commits")
        func transaction() async throws {
            let server = try await PostgresServer.start()
            let client = try sessions(of: server)
            let run = FaultRun(on: server, settings: .init(timeout: 5))
            try await run.disturbed { run in
                try await client.withSession { session in
                    _ = try await session.run([query("BEGIN ISOLATION LEVEL REPEATABLE READ")])
                    let text = try await session.run([
                        query(
                            """
                            SELECT roost.enqueue('fault', '{"microseconds": 0, "ignoresCancel": false}')::text, \
                            pg_current_xact_id()::text
                            """
                        )
                    ])[0].text(0, 0)
                    let job = try #require(JobID(text))
                    run.ledger.note(.sent, job, by: "transaction")
                    try await run.waitForEffects(more: 200)
                    #expect(!run.ledger.hasEffect(job))
                    _ = try await session.run([query("COMMIT")])
                    run.ledger.note(.stored, job, by: "transaction")
                    try await waitUntil("its job has run", within: FaultBounds.workGoesOn) {
                        run.ledger.hasEffect(job)
                    }
                }
            }
            #expect(run.failures == [])
            await client.close()
        }

        @Test("the table of jobs, to alter it: calls wait, then say so, and work goes on after")
        func table() async throws {
            let server = try await PostgresServer.start()
            let client = try sessions(of: server)
            let run = FaultRun(on: server)
            try await run.disturbed { run in
                try await client.withSession { session in
                    _ = try await session.run([query("BEGIN")])
                    _ = try await session.run([query("ALTER TABLE roost.job ADD COLUMN remark text")])
                    try await Task.sleep(for: .seconds(3))
                    _ = try await session.run([query("COMMIT")])
                }
            }
            #expect(run.failures.contains { $0.code == .busy })
            #expect(run.failures.allSatisfy { $0.code == .busy || $0.code == .unavailable })
            await client.close()
        }
    }
}
