import PostgresSupport
import ProcessSupport
import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct PoolTests {
    @Test("no more connections are made than may be, but for urgent calls")
    func limit() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?connections=2&application_name=\(name)")
        let other = try await PostgresClient()
        _ = try await client.withSession { _ in
            try await client.withSession { _ in
                let isAsking = Flag()
                let waits = Task {
                    isAsking.set()
                    return try await client.sql("SELECT 'waits'")
                }
                try await waitUntil("it asks") { isAsking.value }
                // From then on it takes a moment until it stands in the queue.
                try await Task.sleep(for: .milliseconds(50))
                let urgent = try await client.run([PostgresQuery("SELECT 'urgent'")], isUrgent: true)
                #expect(try urgent[0].text(0, 0) == "urgent")
                #expect(try await other.connections(named: name) == 3)
                let waiting = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT ''waits'''"
                #expect(try await other.number(waiting) == 0)
                return waits
            }
        }.value
    }

    @Test("closed, it takes no calls; those that run end, and its connections are gone")
    func close() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?connections=2&application_name=\(name)")
        let other = try await PostgresClient()
        let lock = Int32.random(in: 0...Int32.max)
        let (running, closing) = try await other.withSession { session in
            try await session.sql("SELECT pg_advisory_lock(\(lock))")
            let running = Task { try await client.number("SELECT 7 FROM pg_advisory_lock(\(lock))") }
            try await other.untilRunning("pg_advisory_lock", named: name)
            let closing = Task { await client.close() }
            try await waitUntil("it is closed") { await failure { try await client.sql("SELECT 1") } == .closed }
            try await session.sql("SELECT pg_advisory_unlock(\(lock))")
            return (running, closing)
        }
        #expect(try await running.value == 7)
        await closing.value
        await #expect(throws: PostgresError.closed) { try await client.withSession { _ in } }
        try await waitUntil("its connections are gone") { try await other.connections(named: name) == 0 }
    }

    @Test("a client that nobody holds leaves no connection behind")
    func released() async throws {
        let name = newName("app")
        try await PostgresClient("?application_name=\(name)").sql("SELECT 1")
        let other = try await PostgresClient()
        try await waitUntil("its connections are gone") { try await other.connections(named: name) == 0 }
    }
}
