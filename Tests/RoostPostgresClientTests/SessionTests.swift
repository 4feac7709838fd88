import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct SessionTests {
    @Test("a session is one connection, and tells of it")
    func facts() async throws {
        let client = try await PostgresClient()
        try await client.withSession { session in
            let process = try await session.sql("SELECT pg_backend_pid()")[0].int32(0, 0)
            #expect(session.backendProcess == process)
            #expect(session.serverVersion >= 100_000)
            #expect(session.host == "127.0.0.1" && session.port > 0 && !session.isUsingTLS)
            #expect(session.parameter("server_encoding") == "UTF8")
            #expect(session.parameter("nonsense") == nil)
        }
    }

    @Test("a transaction of several round trips is committed, or undone where the body throws or forgets it")
    func transactions() async throws {
        struct Stop: Error {}
        let client = try await PostgresClient("?connections=1")
        let table = newName()
        try await client.sql("CREATE TABLE \(table) (a int8)")
        let process = try await client.withSession { session in
            try await session.sql("BEGIN")
            try await session.sql("INSERT INTO \(table) VALUES (1)")
            try await session.sql("COMMIT")
            return session.backendProcess
        }
        await #expect(throws: Stop.self) {
            try await client.withSession { session in
                try await session.sql("BEGIN", "INSERT INTO \(table) VALUES (2)")
                throw Stop()
            }
        }
        try await client.withSession { session in
            try await session.sql("BEGIN", "INSERT INTO \(table) VALUES (3)")
            #expect(await failure { try await session.sql("SELECT 1 / 0") }?.state == "22012")
            #expect(await failure { try await session.sql("SELECT 1") }?.state == "25P02")
        }
        #expect(try await client.number("SELECT sum(a)::int8 FROM \(table)") == 1)
        #expect(try await client.number("SELECT pg_backend_pid()::int8") == Int64(process))
    }

    @Test("calls of one session at once come one after another")
    func order() async throws {
        let client = try await PostgresClient()
        try await client.withSession { session in
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        let answer = try await session.sql("SELECT \(number)")[0].int64(0, 0)
                        #expect(answer == Int64(number))
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("a session that is over takes no calls")
    func over() async throws {
        let client = try await PostgresClient()
        let session = try await client.withSession { $0 }
        #expect(await failure { try await session.sql("SELECT 1") } == .closed)
    }

    @Test("a call may be given longer than others, on the server too")
    func longer() async throws {
        let client = try await PostgresClient("?timeout=5")
        try await client.withSession { session in
            let results = try await session.sql("SHOW statement_timeout", timeout: .seconds(90))
            #expect(try results[0].text(0, 0) == "93s")
            #expect(try await session.sql("SHOW statement_timeout")[0].text(0, 0) == "8s")
        }
    }

    @Test("a session that was lost says so, and costs others nothing")
    func lost() async throws {
        let client = try await PostgresClient("?connections=1")
        let other = try await PostgresClient()
        try await client.withSession { session in
            try await session.sql("BEGIN")
            async let error = failure { try await session.sql("SELECT pg_sleep(20)") }
            try await other.untilRunning("pg_sleep", of: session.backendProcess)
            try await other.sql("SELECT pg_terminate_backend(\(session.backendProcess))")
            guard case .unknownFate = await error else {
                Issue.record("\(String(describing: await error))")
                return
            }
            guard case .unreachable = await failure({ try await session.sql("SELECT 1") }) else {
                Issue.record("it is gone")
                return
            }
        }
        #expect(try await client.number("SELECT 1") == 1)
    }

    @Test("each connection is checked before it is used, and what the check says is told")
    func check() async throws {
        struct Outdated: Error {}
        let url = try await SharedServer.url
        let good = try PostgresClient(url: url) { try await $0.sql("SET work_mem = '99MB'") }
        #expect(try await good.sql("SHOW work_mem")[0].text(0, 0) == "99MB")
        let bad = try PostgresClient(url: url) { _ in throw Outdated() }
        #expect(await failure { try await bad.sql("SELECT 1") } == .checkFailed(Outdated()))
        await #expect(throws: PostgresError.checkFailed(Outdated())) { try await bad.withSession { _ in } }
    }
}
