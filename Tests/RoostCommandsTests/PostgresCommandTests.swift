#if Postgres
import PostgresSupport
import RoostCore
import RoostPostgres
import Testing

@testable import RoostCommands

@Suite("The commands on Postgres", .timeLimit(.minutes(3))) struct PostgresCommandTests {
    @Test("enqueue, counts and job work by a URL, and show no password")
    func works() async throws {
        let server = try await PostgresServer.start(.init(password: "right-one"))
        let run = TestCommandLine(TestApp.self, store: "\(server.url)?schema=shop")
        let enqueued = await run("enqueue", "Greet", #"{"name": "Ada"}"#)
        #expect(enqueued.status == 0, "\(enqueued.errors)")
        let id = try #require(enqueued.output.split(separator: "\n").first)
        #expect(await run("job", String(id)).output.contains("Greet"))
        #expect(await run("counts").output.contains("Greet"))
        #expect(try server.sql("SELECT count(*) FROM shop.job") == [["1"]])
        server.kill()
        let failed = await run("counts", "--store", "\(server.url)?timeout=1")
        #expect(failed.status == 1)
        #expect(!failed.errors.contains("right-one"))
    }
}

@Suite("migrate", .timeLimit(.minutes(3))) struct MigrateCommandTests {
    @Test("it makes the schema, and then has nothing to do")
    func makes() async throws {
        let server = try await PostgresServer.start()
        let run = TestCommandLine(RoostTool.self, store: "\(server.url)?migrate=false")
        let before = await run("counts")
        #expect(before.status == 1)
        #expect(before.errors.contains("Run 'roost migrate'"), "\(before.errors)")
        let first = await run("migrate")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.hasSuffix("(schema roost): the schema was made, version 1\n"), "\(first.output)")
        let second = await run("migrate")
        #expect(second.status == 0)
        #expect(second.output.contains("version 1, the newest: there was nothing to do"), "\(second.output)")
        #expect(await run("counts").status == 0)
    }

    @Test("a dry run prints SQL alone, that makes a store when psql runs it")
    func dryRun() async throws {
        let server = try await PostgresServer.start()
        let url = "\(server.url)?schema=shop&migrate=false"
        let run = TestCommandLine(TestApp.self, store: url)
        let printed = await run("migrate", "--dry-run")
        #expect(printed.status == 0)
        #expect(printed.errors.isEmpty)
        #expect(printed.output.hasPrefix("BEGIN;"))
        #expect(try server.sql("SELECT to_regclass('shop.meta')") == [[""]])

        try server.run(script: printed.output)
        let queue = try await JobQueue(.postgres(url))
        #expect(try await queue.counts().isEmpty)
        await queue.close()
        #expect(await run("enqueue", "Greet", #"{"name": "Ada"}"#).status == 0)

        // It was printed for a database without the schema.
        #expect(throws: PostgresServerError.self) { try server.run(script: printed.output) }
        #expect(try server.sql("SELECT count(*) FROM shop.job") == [["1"]])
        let again = await run("migrate", "--dry-run")
        #expect(again.status == 0)
        #expect(again.output.isEmpty)
        #expect(again.errors.contains("nothing to do"))
    }

    @Test("a newer schema, or somebody else's, is refused")
    func refused() async throws {
        let server = try await PostgresServer.start()
        let run = TestCommandLine(RoostTool.self, store: server.url)
        _ = await run("migrate")
        try server.sql("UPDATE roost.meta SET value = '99' WHERE key = 'schema'")
        try server.sql("CREATE SCHEMA other; CREATE TABLE other.meta (a integer)")
        for arguments in [["migrate"], ["migrate", "--dry-run"]] {
            let newer = await run.run(arguments)
            #expect(newer.status == 1)
            #expect(newer.output.isEmpty)
            #expect(newer.errors.contains("version 99") && newer.errors.contains("Upgrade"), "\(newer.errors)")
            let foreign = await run.run(arguments + ["--store", "\(server.url)?schema=other"])
            #expect(foreign.status == 1)
            #expect(foreign.errors.contains("not Roost's"), "\(foreign.errors)")
        }
    }

    @Test("who may make no tables is told so, and by the printed SQL and the doctor's grants has a store")
    func privileges() async throws {
        let server = try await PostgresServer.start()
        try server.sql("CREATE ROLE app LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        let url = server.url.replacing("postgres@", with: "app@")
        let run = TestCommandLine(TestApp.self, store: url)
        let refused = await run("migrate")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("permission denied"), "\(refused.errors)")
        let doctor = await run("doctor")
        #expect(doctor.status == 1)
        #expect(line("problem", "schema", "roost:", "nothing", in: doctor.output) != nil, "\(doctor.output)")

        try server.run(script: await run("migrate", "--dry-run").output)
        let lacking = await run("doctor")
        #expect(lacking.status == 1)
        #expect(line("problem", "privileges", "app", "lacks", in: lacking.output) != nil, "\(lacking.output)")
        let grants = try #require(lacking.output.split(separator: "\n").first { $0.contains("GRANT USAGE") })
        try server.run(script: String(grants.drop { $0 != "G" }) + ";")

        let good = await run("doctor")
        #expect(line("ok", "privileges", in: good.output) != nil, "\(good.output)")
        let queue = try await JobQueue(.postgres(url))
        let worker = Worker(
            queue,
            options: WorkerOptions(queues: ["desk"]),
            jobs: [Greet.self],
            discoversJobs: false
        )
        let working = Task { try await worker.run() }
        let handle = try await queue.enqueue(Greet(name: "Ada"))
        #expect(try await handle.value(timeout: .seconds(20)) == "Hello, Ada")
        working.cancel()
        _ = await working.result
        await queue.close()
    }

    @Test("stores that bring themselves forward say so")
    func others() async throws {
        try await withFolder { folder in
            for url in ["sqlite:\(folder)/a.db", "memory:"] {
                let result = await TestCommandLine(RoostTool.self)("migrate", "--store", url)
                #expect(result.status == 0)
                #expect(result.output.contains("nothing to do"))
                let dry = await TestCommandLine(RoostTool.self)("migrate", "--dry-run", "--store", url)
                #expect(dry.status == 0)
                #expect(dry.output.isEmpty)
                #expect(dry.errors.contains("nothing to do"))
            }
            #expect(files(in: folder).isEmpty)
        }
    }
}
#endif
