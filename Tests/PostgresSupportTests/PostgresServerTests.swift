import Foundation
import PostgresSupport
import ProcessSupport
import TCPProxy
import Testing

@Suite("A Postgres server of a test", .timeLimit(.minutes(2)))
struct PostgresServerTests {
    /// What `psql` says by the server's URL, as a client has it; nil where it does not get in.
    private func ask(_ url: String, _ text: String = "SELECT 1", _ settings: String = "") async throws -> String? {
        let folder = try TemporaryFolder()
        let words = ["psql", "-XqAtw", settings.isEmpty ? url : "\(url)?\(settings)", "-c", text]
        let result = try await Program(at: "/usr/bin/env", words, in: folder.path).result()
        return result.status == 0 ? result.output.trimmingCharacters(in: .newlines) : nil
    }

    @Test("It answers, on 127.0.0.1 alone, and is gone with its owner")
    func starts() async throws {
        var server: PostgresServer? = try await PostgresServer.start(
            .init(maxConnections: 17, lines: ["work_mem = 5MB"])
        )
        let port = try #require(server?.port)
        let folder = try #require(server?.folder.path)
        let url = try #require(server?.url)
        #expect(url == "postgres://postgres@127.0.0.1:\(port)/postgres")
        #expect(try await ask(url, "SELECT current_user, current_database()") == "postgres|postgres")
        for (name, value) in [
            ("listen_addresses", "127.0.0.1"), ("fsync", "off"), ("synchronous_commit", "on"),
            ("max_connections", "17"),
            ("work_mem", "5MB"), ("server_encoding", "UTF8"),
        ] {
            #expect(try server?.sql("SHOW \(name)") == [[value]])
        }

        server = nil
        #expect(try await ask(url) == nil)
        #expect(!FileManager.default.fileExists(atPath: folder))
    }

    @Test("SQL gives rows as text, and the server's message where it is wrong")
    func sql() async throws {
        let server = try await PostgresServer.start()
        #expect(try server.sql(#"SELECT 1, 'a,"b"', E'é\nz', '', NULL"#) == [["1", #"a,"b""#, "é\nz", "", ""]])
        #expect(
            try server.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2); SELECT * FROM t") == [["1"], ["2"]]
        )
        #expect(try server.sql("SELECT 1 WHERE false; SELECT pg_notify('a', 'b'); SELECT 2") == [[""], ["2"]])
        let error = #expect(throws: PostgresServerError.self) {
            try server.sql("INSERT INTO t VALUES (3); SELECT * FROM nowhere")
        }
        #expect(error?.description.contains(#"relation "nowhere" does not exist"#) == true)
        #expect(try server.sql("SELECT count(*) FROM t") == [["2"]])
        #expect(throws: PostgresServerError.self) { try server.sql("SELECT pg_sleep(10)", limit: .milliseconds(200)) }
        try server.sql("CREATE DATABASE other")
        #expect(try server.sql("SELECT current_database()", database: "other") == [["other"]])
    }

    @Test("What it had committed is there after a kill and a restart on the same port")
    func restarts() async throws {
        let server = try await PostgresServer.start(.init(isDurable: true))
        #expect(try server.sql("SHOW fsync") == [["on"]])
        try server.sql("CREATE TABLE t AS SELECT 1 AS a")
        let first = server.processNumber
        server.kill()
        #expect(!server.isRunning)
        #expect(try await ask(server.url) == nil)
        try await server.restart()
        #expect(server.processNumber != first)
        #expect(try await ask(server.url, "SELECT a FROM t") == "1")

        // Somebody else kills it, in the middle of a query whose process hears of it late.
        let folder = try TemporaryFolder()
        let words = ["psql", "-Xqw", server.url, "-c", "SELECT count(*) FROM generate_series(1, 300000000)"]
        let client = try Program(at: "/usr/bin/env", words, in: folder.path)
        try await waitUntil("the query runs") {
            try server.sql("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%300000000%'").count > 1
        }
        kill(server.processNumber, SIGKILL)
        try await waitUntil("the postmaster is gone") { !server.isRunning }
        try await server.restart()
        #expect(try server.sql("SELECT a FROM t") == [["1"]])
        client.send(SIGKILL)
    }

    @Test("Stopped, it starts again, with its data or without", arguments: [PostgresServer.StopMode.fast, .immediate])
    func stops(_ mode: PostgresServer.StopMode) async throws {
        let server = try await PostgresServer.start()
        try server.sql("CREATE TABLE t AS SELECT 1 AS a")
        try await server.stop(mode)
        #expect(!server.isRunning)
        try await server.restart()
        #expect(try server.sql("SELECT a FROM t") == [["1"]])
        try await server.restart(keepsData: false)
        #expect(throws: PostgresServerError.self) { try server.sql("SELECT a FROM t") }
    }

    @Test("It waits for its clients where it is asked to, and is killed where they stay too long")
    func waitsForClients() async throws {
        let server = try await PostgresServer.start()
        let folder = try TemporaryFolder()
        let words = ["psql", "-Xqw", server.url, "-c", "SELECT pg_sleep(60)"]
        let client = try Program(at: "/usr/bin/env", words, in: folder.path)
        try await waitUntil("the client is there") {
            try server.sql("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'").count == 1
        }
        await #expect(throws: NotInTime.self) { try await server.stop(.smart, within: .milliseconds(100)) }
        #expect(!server.isRunning)
        #expect(try await client.result().status != 0)
    }

    @Test("Paused, also its open connections stand still, and resumed it answers what it was asked meanwhile")
    func pauses() async throws {
        let server = try await PostgresServer.start()
        try server.sql("CREATE SEQUENCE n")
        let folder = try TemporaryFolder()
        let script = "while :; do echo \"SELECT nextval('n');\"; sleep 0.002; done | psql -XqAtw \"$0\""
        let client = try Program(at: "/bin/sh", ["-c", script, server.url], in: folder.path)
        try await waitUntil("the client counts") { client.said.contains("3\n") }

        server.pause()
        // What was answered before it may still write.
        var said = client.said
        try await waitUntil("the client has nothing more to say") {
            let last = said
            try await Task.sleep(for: .milliseconds(300))
            said = client.said
            return said == last
        }
        #expect(throws: PostgresServerError.self) { try server.sql("SELECT 1", limit: .milliseconds(200)) }
        #expect(client.said == said)
        server.resume()
        try await waitUntil("the client counts on") { client.said.count > said.count }
        #expect(try server.sql("SELECT 1") == [["1"]])
        // Ended as it is, and all of it.
        server.pause()
        server.kill()
        #expect(!server.isRunning)
        try await server.restart()
        client.send(SIGKILL)
    }

    @Test("It asks for a password over TCP")
    func password() async throws {
        let server = try await PostgresServer.start(.init(password: "it's not:plain@all"))
        let port = server.port
        #expect(server.url == "postgres://postgres:it%27s%20not%3Aplain%40all@127.0.0.1:\(port)/postgres")
        #expect(try await ask(server.url) == "1")
        #expect(try await ask("postgres://postgres@127.0.0.1:\(port)/postgres") == nil)
        #expect(try await ask("postgres://postgres:wrong@127.0.0.1:\(port)/postgres") == nil)
        #expect(
            try server.sql("SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'") == [
                ["t"]
            ]
        )
        try await server.restart(keepsData: false)
        #expect(try await ask(server.url) == "1")
    }

    @Test("With certificates it speaks TLS, and asks for the client's where told to")
    func encrypts() async throws {
        let certificates = try await TestCertificates.make()
        let server = try await PostgresServer.start(.init(certificates: certificates))
        let trust = "sslmode=verify-full&sslrootcert=\(certificates.authority)"
        let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        #expect(try await ask(server.url, question, trust) == "t")
        #expect(try await ask(server.url, question, "sslmode=disable") == nil)

        let strict = try await PostgresServer.start(.init(certificates: certificates, asksClientsForCertificate: true))
        #expect(try await ask(strict.url, question, trust) == nil)
        let shown = "&sslcert=\(certificates.clientCertificate)&sslkey=\(certificates.clientKey)"
        #expect(try await ask(strict.url, question, trust + shown) == "t")
    }

    @Test("A standby follows, and is promoted once its primary is gone")
    func standby() async throws {
        let primary = try await PostgresServer.start(.init(maxConnections: 30, password: "secret"))
        try primary.sql("CREATE TABLE t AS SELECT 1 AS a")
        let standby = try await PostgresServer.start(.init(maxConnections: 20, standbyOf: primary))
        #expect(try standby.sql("SELECT a FROM t") == [["1"]])
        try primary.sql("INSERT INTO t VALUES (2)")
        try await standby.catchUp()
        #expect(try await ask(standby.url, "SELECT count(*) FROM t") == "2")
        let error = #expect(throws: PostgresServerError.self) { try standby.sql("INSERT INTO t VALUES (3)") }
        #expect(error?.description.contains("read-only") == true)
        try await standby.restart(keepsData: false)

        primary.kill()
        try await standby.restart()
        #expect(try standby.sql("SELECT pg_is_in_recovery()") == [["t"]])
        try await standby.promote()
        try standby.sql("INSERT INTO t VALUES (3)")
        try await standby.restart()
        #expect(try standby.sql("SELECT count(*) FROM t") == [["3"]])
    }

    @Test(
        "It ends when the process that started it is killed, also where it stands still",
        arguments: ["running", "paused"]
    )
    func endsWithItsOwner(_ state: String) async throws {
        let folder = try TemporaryFolder()
        let owner = try Program("ServerTestProcess", ["postgres", state], in: folder.path)
        try await waitUntil("the process says what it started") { owner.said.hasSuffix("\n") }
        let files = try #require(owner.said.split(whereSeparator: \.isWhitespace).last.map(String.init))
        let lines = try String(contentsOfFile: "\(files)/data/postmaster.pid", encoding: .utf8).split(separator: "\n")
        let postmaster = try #require(lines.first.flatMap { Int32($0) })
        #expect(kill(postmaster, 0) == 0)

        owner.send(SIGKILL)
        try await waitUntil("its folder is gone") { !FileManager.default.fileExists(atPath: files) }
        try await waitUntil("the server is gone") { kill(postmaster, 0) != 0 }
    }

    @Test("A server that cannot start says why; one that may choose its port tries others")
    func refuses() async throws {
        let error = await #expect(throws: PostgresServerNotStarted.self) {
            try await PostgresServer.start(.init(lines: ["no_such_setting = 1"]))
        }
        #expect(error?.description.contains("no_such_setting") == true)
        let server = try await PostgresServer.start()
        let second = await #expect(throws: PostgresServerNotStarted.self) {
            try await PostgresServer.start(.init(port: server.port))
        }
        #expect(second?.description.contains("Address already in use") == true)
        let free = try Loopback.freePort()
        var ports = [server.port, server.port, free]
        let third = try await PostgresServer.start { ports.removeFirst() }
        #expect(third.port == free)
        #expect(ports.isEmpty)
    }
}
