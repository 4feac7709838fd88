import Foundation
import ProcessSupport
import RedisSupport
import Testing

@Suite("A Redis server of a test", .timeLimit(.minutes(1)))
struct RedisServerTests {
    @Test("It answers, on 127.0.0.1 alone, and is gone with its owner")
    func starts() async throws {
        var server: RedisServer? = try await RedisServer.start()
        let port = try #require(server?.port)
        let folder = try #require(server?.folder.path)
        #expect(server?.url == "redis://127.0.0.1:\(port)")
        let probe = try RedisProbe(port: port)
        #expect(try probe.command("SET", "a", "b") == .text("OK"))
        #expect(try probe.command("GET", "a") == .text("b"))
        #expect(try probe.command("CONFIG", "GET", "bind").texts == ["bind", "127.0.0.1"])
        #expect(try probe.command("CONFIG", "GET", "save").texts == ["save", ""])
        #expect(try probe.command("CONFIG", "GET", "appendfsync").texts == ["appendfsync", "everysec"])

        server = nil
        #expect(throws: RedisProbeError.self) { try RedisProbe(port: port) }
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("What it had written is there after a kill and a restart on the same port")
    func restarts() async throws {
        let server = try await RedisServer.start(.init(appendOnly: .always))
        let port = server.port
        try server.probe().command("SET", "a", "b")
        server.kill()
        #expect(!server.isRunning)
        #expect(throws: RedisProbeError.self) { try RedisProbe(port: port) }
        try await server.restart()
        #expect(try RedisProbe(port: port).command("GET", "a") == .text("b"))

        try await server.stop()
        #expect(!server.isRunning)
        try await server.restart(keepsData: false)
        #expect(try server.probe().command("DBSIZE") == .integer(0))
    }

    @Test("Without an append-only file it comes back empty")
    func forgets() async throws {
        let server = try await RedisServer.start(.init(appendOnly: nil))
        try server.probe().command("SET", "a", "b")
        try await server.restart()
        #expect(try server.probe().command("GET", "a") == .null)
    }

    @Test("Paused it says nothing, and resumed it answers what it was asked meanwhile")
    func pauses() async throws {
        let server = try await RedisServer.start()
        let probe = try server.probe(limit: .milliseconds(50))
        server.pause()
        #expect(throws: RedisProbeError.timedOut) { try probe.command("SET", "a", "b") }
        server.resume()
        try await waitUntil("the write arrives") { try server.probe().command("GET", "a") == .text("b") }
    }

    @Test("It takes a password, a user, and a limit of memory with a policy")
    func options() async throws {
        let server = try await RedisServer.start(
            .init(maxMemory: "5mb", maxMemoryPolicy: "allkeys-lru", password: "not \"plain\"", lines: ["databases 3"])
        )
        #expect(throws: RedisProbeError.refused("NOAUTH Authentication required.")) {
            try RedisProbe(port: server.port).command("PING")
        }
        let fields = try server.probe().command("CONFIG", "GET", "maxmemory*", "databases").fields
        #expect(fields["maxmemory"] == "5242880")
        #expect(fields["maxmemory-policy"] == "allkeys-lru")
        #expect(fields["databases"] == "3")

        let restricted = try await RedisServer.start(
            .init(user: .init("worker", password: "secret", rules: "~jobs:* &* +@all"))
        )
        #expect(restricted.url == "redis://worker:secret@127.0.0.1:\(restricted.port)")
        let probe = try RedisProbe(port: restricted.port, user: "worker", password: "secret")
        #expect(try probe.command("SET", "jobs:1", "a") == .text("OK"))
        #expect(throws: RedisProbeError.self) { try probe.command("SET", "others", "a") }
        #expect(throws: RedisProbeError.self) { try RedisProbe(port: restricted.port).command("PING") }
    }

    @Test("With certificates it speaks TLS, and asks for the client's where told to")
    func encrypts() async throws {
        let certificates = try await TestCertificates.make()
        let folder = try TemporaryFolder()
        let server = try await RedisServer.start(.init(certificates: certificates, asksClientsForCertificate: true))
        #expect(server.url == "rediss://127.0.0.1:\(server.port)")
        try server.probe().command("SET", "a", "over the socket")

        func openssl(_ arguments: [String]) async throws -> Program.Result {
            let script = "printf 'GET a\\r\\nQUIT\\r\\n' | openssl s_client -quiet -verify_return_error -connect \"$@\""
            let words = ["-c", script, "sh", "127.0.0.1:\(server.port)", "-CAfile", certificates.authority]
            return try await Program(at: "/bin/sh", words + arguments, in: folder.path).result()
        }
        let shown = try await openssl([
            "-verify_ip", "127.0.0.1", "-cert", certificates.clientCertificate, "-key", certificates.clientKey,
        ])
        #expect(shown.output.contains("over the socket"), "\(shown.errors)")
        let withheld = try await openssl([])
        #expect(!withheld.output.contains("over the socket"))
        let other = try await openssl([
            "-verify_ip", "127.0.0.2", "-cert", certificates.clientCertificate, "-key", certificates.clientKey,
        ])
        #expect(!other.output.contains("over the socket"))
    }

    @Test("A server that cannot start says why")
    func refuses() async throws {
        let error = await #expect(throws: RedisServerNotStarted.self) {
            try await RedisServer.start(.init(lines: ["no-such-setting 1"]))
        }
        #expect(error?.description.contains("no-such-setting") == true)
        let server = try await RedisServer.start()
        let second = await #expect(throws: RedisServerNotStarted.self) {
            try await RedisServer.start(.init(port: server.port))
        }
        #expect(second?.description.contains("Address already in use") == true)
    }

    @Test("It ends when the process that started it is killed, and takes its folder along")
    func endsWithItsOwner() async throws {
        let folder = try TemporaryFolder()
        let owner = try Program("ServerTestProcess", ["redis"], in: folder.path)
        try await waitUntil("the process says what it started") { owner.said.hasSuffix("\n") }
        let words = owner.said.split(whereSeparator: \.isWhitespace)
        let port = try #require(words.first.flatMap { Int($0) })
        let files = try #require(words.last.map(String.init))
        _ = try RedisProbe(port: port).command("PING")
        #expect(FileManager.default.fileExists(atPath: files))

        owner.send(SIGKILL)
        try await waitUntil("the server is gone") { (try? RedisProbe(port: port)) == nil }
        try await waitUntil("its folder is gone") { !FileManager.default.fileExists(atPath: files) }
    }

    @Test("A probe reads every kind of answer")
    func replies() async throws {
        let server = try await RedisServer.start()
        let probe = try server.probe()
        #expect(try probe.command("ECHO", "é\r\n") == .text("é\r\n"))
        #expect(try probe.command("ECHO", "") == .text(""))
        #expect(try probe.command("INCR", "n") == .integer(1))
        #expect(try probe.command("GET", "none") == .null)
        #expect(try probe.command("EVAL", #"return "\255""#, "0") == .bytes([255]))
        #expect(
            try probe.command("EVAL", "return {1, 'a', {}, false, redis.error_reply('NO way')}", "0")
                == .array([.integer(1), .text("a"), .array([]), .null, .error("NO way")])
        )
        let big = String(repeating: "x", count: 1_000_000)
        #expect(try probe.pipeline([["ECHO", big], ["NONE"], ["PING"]]).map(\.text) == [big, nil, "PONG"])
        #expect(try probe.info("server")["tcp_port"] == "\(server.port)")
        try probe.command("SUBSCRIBE", "news")
        try server.probe().command("PUBLISH", "news", "hello")
        #expect(try probe.receive().texts == ["message", "news", "hello"])
    }
}
