#if Postgres
import PostgresSupport
import ProcessSupport
import Testing

@testable import RoostCommands

@Suite("doctor on Postgres", .timeLimit(.minutes(3))) struct PostgresDoctorTests {
    @Test("it finds nothing wrong with a good server, and makes nothing there")
    func good() async throws {
        let server = try await PostgresServer.start(.init(isDurable: true))
        let run = TestCommandLine(RoostTool.self, store: server.url)
        let empty = await run("doctor")
        #expect(empty.status == 0, "\(empty.output)\(empty.errors)")
        #expect(line("ok", "schema", "roost:", "nothing", in: empty.output) != nil, "\(empty.output)")
        #expect(try server.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'roost'") == [["0"]])

        _ = await run("enqueue", "Alpha")
        let result = await run("doctor")
        #expect(result.status == 0, "\(result.output)")
        #expect(result.output.hasPrefix("postgres://127.0.0.1:\(server.port)/postgres (schema roost)\n"))
        let subjects = [
            "reachable", "version", "role", "durability", "encryption", "connections", "privileges", "disk",
            "autovacuum", "transactions", "wake-ups", "clock",
        ]
        for subject in subjects {
            #expect(line("ok", subject, in: result.output) != nil, "\(subject) is missing in:\n\(result.output)")
        }
        #expect(line("ok", "schema", "roost:", "version", "1", in: result.output) != nil)
        #expect(line("ok", "jobs", "1", "ready", in: result.output) != nil)
        // A job is ready, and nobody runs it.
        #expect(line("warning", "workers", "none,", in: result.output) != nil, "\(result.output)")
        #expect(result.output.ranges(of: "warning").count == 1, "\(result.output)")
    }

    @Test("a server that may lose all is a problem; what may lose a second is a warning, and told at opening")
    func durability() async throws {
        let server = try await PostgresServer.start()
        let result = await TestCommandLine(RoostTool.self)("doctor", server.url)
        #expect(result.status == 1)
        #expect(line("problem", "durability", "fsync", "off", in: result.output) != nil, "\(result.output)")
        #expect(line("warning", "durability", "full_page_writes", in: result.output) != nil)

        let durable = try await PostgresServer.start(.init(isDurable: true))
        let asynchronous = "\(durable.url)?options=-csynchronous_commit%3Doff"
        let warned = await TestCommandLine(RoostTool.self)("doctor", asynchronous, "--json")
        #expect(warned.status == 0)
        #expect(try JSONParser.parse(warned.output)["severity"] == "warning")
        #expect(warned.output.contains("synchronous_commit off"))
    }

    @Test("a wrong password, and a user or a database that is not there, are a problem, and no password is shown")
    func refused() async throws {
        let server = try await PostgresServer.start(.init(password: "right-one"))
        #expect(await !TestCommandLine(RoostTool.self)("doctor", server.url).output.contains("right-one"))
        let address = "127.0.0.1:\(server.port)"
        let cases = [
            ("postgres:wrong-one@\(address)/postgres", "password"), ("nobody:wrong-one@\(address)/postgres", "nobody"),
            ("postgres:right-one@\(address)/none", "none"),
        ]
        for (place, word) in cases {
            let result = await TestCommandLine(RoostTool.self)("doctor", "postgres://\(place)")
            #expect(result.status == 1)
            #expect(line("problem", "reachable", in: result.output)?.contains(word) == true, "\(result.output)")
            #expect(!"\(result)".contains("wrong-one") && !"\(result)".contains("right-one"))
        }
    }

    @Test("no server is a problem")
    func nobody() async throws {
        let server = try await PostgresServer.start()
        let url = "\(server.url)?timeout=1"
        server.kill()
        let result = await TestCommandLine(RoostTool.self)("doctor", url)
        #expect(result.status == 1)
        #expect(line("problem", "reachable", in: result.output) != nil, "\(result.output)")
        #expect(result.output.contains("→ start the server"))
    }

    @Test("a standby is a problem, where all but LISTEN is looked at")
    func standby() async throws {
        let primary = try await PostgresServer.start()
        _ = await TestCommandLine(RoostTool.self)("enqueue", "Alpha", "--store", primary.url)
        let standby = try await PostgresServer.start(.init(standbyOf: primary))
        try await standby.catchUp()
        let result = await TestCommandLine(RoostTool.self)("doctor", standby.url)
        #expect(result.status == 1)
        #expect(line("problem", "role", "a", "standby", in: result.output) != nil, "\(result.output)")
        #expect(line("ok", "jobs", "1", "ready", in: result.output) != nil)
        try primary.sql("ALTER SYSTEM SET default_transaction_read_only = on")
        try primary.sql("SELECT pg_reload_conf()")
        try await waitUntil("the setting holds") {
            try primary.sql("SHOW default_transaction_read_only") == [["on"]]
        }
        let readOnly = await TestCommandLine(RoostTool.self)("doctor", primary.url)
        #expect(line("problem", "role", "a", "primary,", in: readOnly.output) != nil, "\(readOnly.output)")
    }

    @Test("a schema that is newer, or not Roost's, is a problem")
    func schema() async throws {
        let server = try await PostgresServer.start()
        let run = TestCommandLine(RoostTool.self, store: server.url)
        _ = await run("migrate")
        try server.sql("UPDATE roost.meta SET value = '99' WHERE key = 'schema'")
        let newer = await run("doctor")
        #expect(newer.status == 1)
        #expect(line("problem", "schema", "roost:", "version", "99,", in: newer.output) != nil, "\(newer.output)")
        try server.sql(
            "CREATE SCHEMA a; CREATE TABLE a.mine (a integer); CREATE SCHEMA b; CREATE TABLE b.meta (a integer)"
        )
        for name in ["a", "b"] {
            let foreign = await run("doctor", "--store", "\(server.url)?schema=\(name)")
            #expect(line("problem", "schema", "\(name):", "tables", in: foreign.output) != nil, "\(foreign.output)")
        }
        let missing = await run("doctor", "--store", "\(server.url)?schema=c&migrate=false")
        #expect(line("problem", "schema", "c:", "nothing", in: missing.output) != nil, "\(missing.output)")
    }

    @Test("what keeps dead rows is told: transactions, prepared ones, slots, autovacuum")
    func vacuum() async throws {
        let server = try await PostgresServer.start(
            .init(isDurable: true, lines: ["max_prepared_transactions = 2", "autovacuum = off"])
        )
        let run = TestCommandLine(RoostTool.self, store: server.url)
        _ = await run("enqueue", "Alpha")
        try server.sql("SELECT pg_create_physical_replication_slot('unread', true)")
        try server.run(script: "BEGIN; CREATE TABLE t (a integer); PREPARE TRANSACTION 'forgotten';")
        try server.sql("ALTER TABLE roost.done SET (autovacuum_enabled = false)")
        let open = Task.detached { try server.sql("BEGIN; SELECT txid_current(); SELECT pg_sleep(25)") }
        let sleeper = "FROM pg_stat_activity WHERE query LIKE '%pg_sleep(25)%' AND pid <> pg_backend_pid()"
        // One that is younger is not told of.
        try await waitUntil("the transaction is open for a second") {
            try server.sql("SELECT 1 \(sleeper) AND xact_start < clock_timestamp() - interval '1 second'").count == 1
        }
        let result = await run("doctor")
        #expect(result.status == 1)
        #expect(line("problem", "autovacuum", "off", in: result.output) != nil, "\(result.output)")
        #expect(line("warning", "replication", "slot", "unread,", in: result.output) != nil)
        #expect(line("ok", "transactions", "1", "prepared,", in: result.output) != nil)
        #expect(
            line("ok", "transactions", "the", "oldest", in: result.output)?.contains("(psql, user postgres") == true
        )
        try server.sql("SELECT pg_cancel_backend(pid) \(sleeper)")
        _ = try? await open.value
    }

    @Test("workers are told with their heartbeats")
    func workers() async throws {
        let server = try await PostgresServer.start()
        let run = TestCommandLine(RoostTool.self, store: server.url)
        _ = await run("migrate")
        let now = "(extract(epoch FROM now()) * 1000000)::bigint"
        for (name, silence) in [("here", 3), ("gone", 600)] {
            try server.sql(
                """
                INSERT INTO roost.worker (id, name, host, process, version, kinds, queues, slots, started_at, heartbeat_at)
                VALUES (\(silence), '\(name)', 'h', 7, '1', '{}', '{}', 1, 0, \(now) - \(silence) * 1000000)
                """
            )
        }
        let result = await run("doctor")
        #expect(line("ok", "workers", "here", in: result.output) != nil, "\(result.output)")
        #expect(line("warning", "workers", "silent:", "gone", in: result.output) != nil, "\(result.output)")
    }
}
#endif
