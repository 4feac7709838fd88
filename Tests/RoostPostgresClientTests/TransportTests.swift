import Foundation
import PostgresSupport
import ProcessSupport
import Synchronization
import TCPProxy
import Testing

@testable import RoostPostgresClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

@Suite(.timeLimit(.minutes(2))) struct TransportTests {
    private func refusal(_ url: String) async throws -> String {
        let client = try PostgresClient(url: url)
        let start = ContinuousClock.now
        let error = await failure { try await client.sql("SELECT 1") }
        #expect(start.duration(to: .now) < .seconds(20), "it did not go on to try")
        guard case .refused(let reason) = error else {
            Issue.record("\(String(describing: error))")
            return ""
        }
        #expect(!reason.contains("\n") && !reason.contains("hunter2"))
        return reason
    }

    @Test("by TLS the server proves who it is")
    func tls() async throws {
        let certificates = try await TestCertificates.make()
        let others = try await TestCertificates.make()
        let server = try await PostgresServer.start(.init(certificates: certificates))
        let url = server.url + "?sslmode=verify-full&sslrootcert="
        let client = try PostgresClient(url: url + certificates.authority)
        #expect(try await client.withSession { $0.isUsingTLS })
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        for size in [1, 8000, 8192, 8193, 16_384, 16_385, 100_000, 1 << 20] {
            let result = try await client.value("SELECT $1, repeat('x', $2)") {
                $0.append(bytes: bytes.prefix(size))
                $0.append(Int32(size))
            }
            #expect(result.bytes(0, 0).count == size)
            #expect(try result.text(0, 1).utf8.count == size)
        }
        #expect(try await client.sql("SELECT repeat('x', 1000) FROM generate_series(1, 20000)")[0].rowCount == 20_000)
        #expect(try await refusal(url + others.authority).contains("certificate verify failed"))
    }

    @Test("a certificate for another name, and a server without TLS, are refused with the reason")
    func refusedTLS() async throws {
        let certificates = try await TestCertificates.make(names: "DNS:elsewhere.example")
        let server = try await PostgresServer.start(.init(certificates: certificates))
        let url = server.url + "?sslmode=verify-full&sslrootcert=\(certificates.authority)"
        #expect(try await refusal(url).contains("elsewhere.example"))
        #expect(try await refusal(SharedServer.url + "?sslmode=require").contains("does not support SSL"))
        #expect(try await refusal(server.url + "?sslmode=verify-full&sslrootcert=/nowhere").contains("/nowhere"))
    }

    @Test("a wrong password, and a database that is not there, are refused at once")
    func password() async throws {
        let server = try await PostgresServer.start(.init(password: "p@ss/word"))
        #expect(try await PostgresClient(url: server.url).number("SELECT 1") == 1)
        let wrong = "postgres://postgres:hunter2@127.0.0.1:\(server.port)/postgres"
        #expect(try await refusal(wrong).contains("password authentication failed"))
        #expect(try await refusal("postgres://postgres@127.0.0.1:\(server.port)/postgres").contains("no password"))
        #expect(try await refusal(server.url.replacing("/postgres", with: "/nowhere")).contains("\"nowhere\""))
    }

    @Test("the first host that takes writes is used, and what all say is told")
    func hosts() async throws {
        let server = try await PostgresServer.start()
        let dead = try Loopback.freePort()
        let client = try PostgresClient(url: "postgres://postgres@127.0.0.1:\(dead),127.0.0.1:\(server.port)/postgres")
        #expect(try await client.withSession { $0.port } == server.port)
        server.kill()
        let short = try PostgresClient(
            url: "postgres://postgres@127.0.0.1:\(dead),127.0.0.1:\(server.port)/postgres?timeout=5"
        )
        guard case .unreachable(let reason) = await failure({ try await short.sql("SELECT 1") }) else {
            Issue.record("it should not be reachable")
            return
        }
        #expect(reason.contains("\(dead)") && reason.contains("\(server.port)") && !reason.contains("\n"))
    }

    @Test("a host that takes the connection and says nothing is passed over")
    func silentHost() async throws {
        let server = try await PostgresServer.start()
        let frozen = try await PostgresServer.start()
        frozen.pause()
        let client = try PostgresClient(
            url: "postgres://postgres@127.0.0.1:\(frozen.port),127.0.0.1:\(server.port)/postgres?connect_timeout=1"
        )
        #expect(try await client.withSession { $0.port } == server.port)
        frozen.resume()
    }

    @Test("when the primary becomes a standby, calls go to the one that has its place")
    func failover() async throws {
        let primary = try await PostgresServer.start()
        let standby = try await PostgresServer.start(.init(standbyOf: primary))
        let url = "postgres://postgres@127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)/postgres"
        let client = try PostgresClient(url: url)
        try await client.sql("CREATE TABLE t (a int8)")
        try await standby.catchUp()
        #expect(try await client.withSession { $0.port } == primary.port)
        // As one that was demoted with its connections open.
        try primary.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        try primary.sql("SELECT pg_reload_conf()")
        try await waitUntil("the setting holds") {
            try primary.sql("SHOW default_transaction_read_only") == [["on"]]
        }
        try await standby.promote()
        try await client.sql("INSERT INTO t VALUES (1)", resend: .never)
        #expect(try await client.withSession { $0.port } == standby.port)
    }

    @Test("what is no Postgres server is called so")
    func foreign() async throws {
        let port = try Loopback.freePort()
        let listener = try Loopback.listener(on: port)
        let isOver = Flag()
        // It blocks, which a task must not.
        Thread.detachNewThread {
            defer { isOver.set() }
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                var bytes = [UInt8](repeating: 0, count: 1000)
                _ = recv(connection, &bytes, bytes.count, 0)
                let words = Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
                _ = words.withUnsafeBytes { Loopback.write($0, to: connection) }
                close(connection)
            }
        }
        #expect(try await refusal("postgres://u@127.0.0.1:\(port)/d").contains("no Postgres server"))
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        try await waitUntil("nobody listens any more") { isOver.value }
    }
}
