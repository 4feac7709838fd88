import PostgresSupport
import ProcessSupport
import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct TimeLimitTests {
    /// Whether the call may have run depends on how soon the server answers its cancel.
    private func expectTimedOut(_ error: PostgresError?, after limit: Duration) {
        let errors = [true, false].map { PostgresError.timedOut(after: limit, mayHaveRun: $0) }
        #expect(errors.contains { $0 == error }, "\(String(describing: error))")
    }

    @Test("a call that takes too long is ended on the server too")
    func tooLong() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?timeout=2&connections=1&application_name=\(name)")
        try await client.warm()
        let start = ContinuousClock.now
        let error = await failure { try await client.sql("SELECT pg_sleep(20)") }
        expectTimedOut(error, after: .seconds(2))
        #expect(start.duration(to: .now) < .seconds(10))
        try await client.warm()
        let other = try await PostgresClient()
        let sleepers = """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = '\(name)' AND query LIKE '%pg_sleep%' AND state = 'active'
            """
        // Before it would have ended by itself.
        try await waitUntil("the server has ended it", within: .seconds(10)) {
            try await other.number(sleepers) == 0
        }
    }

    @Test("so is one of a session, with a limit of its own")
    func session() async throws {
        let client = try await PostgresClient("?connections=1")
        try await client.withSession { session in
            let error = await failure { try await session.sql("SELECT pg_sleep(20)", timeout: .milliseconds(200)) }
            expectTimedOut(error, after: .milliseconds(200))
        }
        #expect(try await client.number("SELECT 1") == 1)
    }

    @Test("a call that does not get a connection in time was never sent")
    func waiting() async throws {
        let client = try await PostgresClient("?timeout=2&connections=1")
        try await client.warm()
        try await client.withSession { _ in
            let error = await failure { try await client.sql("SELECT 1") }
            #expect(error == .poolExhausted(connections: 1, after: .seconds(2)))
        }
    }

    @Test("a server that stands still costs no more than the limit and a second")
    func frozen() async throws {
        let server = try await PostgresServer.start()
        let client = try PostgresClient(url: server.url + "?timeout=2&connections=2&connect_timeout=1")
        try await client.warm()
        server.pause()
        let start = ContinuousClock.now
        let error = await failure { try await client.sql("SELECT 2") }
        #expect(error == .timedOut(after: .seconds(2), mayHaveRun: true))
        #expect(start.duration(to: .now) < .seconds(10))
        // The one after it needs a new connection.
        let next = await failure { try await client.sql("SELECT 2") }
        guard case .unreachable(let reason) = next else {
            Issue.record("\(String(describing: next))")
            return
        }
        #expect(!reason.isEmpty)
        server.resume()
        try await waitUntil("it answers") { await failure { try await client.sql("SELECT 1") } == nil }
    }

    @Test("what was not sent as a whole was not done")
    func partly() async throws {
        let server = try await PostgresServer.start()
        let client = try PostgresClient(url: server.url + "?timeout=2&connections=1")
        try await client.warm()
        server.pause()
        let error = await failure {
            _ = try await client.value("SELECT $1") { $0.append(bytes: [UInt8](repeating: 1, count: 32 << 20)) }
        }
        #expect(error == .timedOut(after: .seconds(2), mayHaveRun: false))
        server.resume()
    }

    @Test("a server that takes connections and says nothing is given up, and named")
    func silent() async throws {
        let server = try await PostgresServer.start()
        server.pause()
        let client = try PostgresClient(url: server.url + "?timeout=4&connect_timeout=1")
        let error = await failure { try await client.sql("SELECT 1") }
        guard case .unreachable(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("127.0.0.1") && reason.contains("no answer within 1.0 seconds"))
        server.resume()
    }
}
