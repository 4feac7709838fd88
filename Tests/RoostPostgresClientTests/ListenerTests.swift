import PostgresSupport
import ProcessSupport
import Synchronization
import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct ListenerTests {
    /// What a listener heard.
    private final class Ear: Sendable {
        private let words = Mutex<[String]>([])

        func hear(_ notification: PostgresNotification) {
            let word =
                switch notification {
                case .listening: "listening"
                case .message(let channel, let payload): "\(channel)=\(payload)"
                case .interrupted: "interrupted"
                }
            words.withLock { $0.append(word) }
        }

        var all: [String] { words.withLock { $0 } }

        func wait(for expected: [String]) async throws {
            try await waitUntil("\(expected), but \(all)") { self.all.count >= expected.count }
            #expect(all == expected)
        }
    }

    @Test("messages come, and come again after the connection was ended and the server began anew")
    func survives() async throws {
        let server = try await PostgresServer.start()
        let client = try PostgresClient(url: server.url)
        let ear = Ear()
        let listener = client.listen(to: ["a \"b\""]) { ear.hear($0) }
        try await ear.wait(for: ["listening"])
        try await client.sql("SELECT pg_notify('a \"b\"', '1')")
        var expected = ["listening", "a \"b\"=1"]
        try await ear.wait(for: expected)
        try await client.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        expected += ["interrupted", "listening"]
        try await ear.wait(for: expected)
        listener.set(channels: ["c", "a \"b\""])
        expected += ["listening"]
        try await ear.wait(for: expected)
        try await client.sql("SELECT pg_notify('c', '2')", "SELECT pg_notify('a \"b\"', '')")
        expected += ["c=2", "a \"b\"="]
        try await ear.wait(for: expected)
        server.kill()
        expected += ["interrupted"]
        try await ear.wait(for: expected)
        try await server.restart()
        expected += ["listening"]
        try await ear.wait(for: expected)
        listener.set(channels: ["c"])
        try await waitUntil("it does not hear the other") {
            try await client.sql("SELECT pg_notify('a \"b\"', 'x')", "SELECT pg_notify('c', 'y')")
            return ear.all.suffix(2) == ["c=y", "c=y"]
        }
        listener.cancel()
        try await waitUntil("nobody listens") {
            try await client.number(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%LISTEN%' AND pid <> pg_backend_pid()"
            ) == 0
        }
    }

    @Test("one that nobody holds, or whose client is closed, listens no more")
    func ends() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?application_name=\(name)")
        let other = try await PostgresClient()
        let ear = Ear()
        var held: PostgresListener? = client.listen(to: ["x"]) { ear.hear($0) }
        try await ear.wait(for: ["listening"])
        #expect(held != nil)
        held = nil
        try await waitUntil("it is gone") { try await other.connections(named: name) == 0 }
        let another = client.listen(to: ["x"]) { ear.hear($0) }
        try await ear.wait(for: ["listening", "listening"])
        await client.close()
        try await waitUntil("it is gone") { try await other.connections(named: name) == 0 }
        another.set(channels: ["y"])
        #expect(ear.all == ["listening", "listening"])
    }

    @Test("a server that cannot be reached is told of once")
    func unreachable() async throws {
        let client = try PostgresClient(url: "postgres://127.0.0.1:1/d")
        let ear = Ear()
        let listener = client.listen(to: ["x"]) { ear.hear($0) }
        try await ear.wait(for: ["interrupted"])
        try await Task.sleep(for: .milliseconds(300))
        #expect(ear.all == ["interrupted"])
        listener.cancel()
    }
}
