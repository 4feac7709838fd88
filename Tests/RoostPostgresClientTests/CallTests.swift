import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct CallTests {
    @Test("queries of one call are one transaction")
    func transaction() async throws {
        let client = try await PostgresClient()
        let table = newName()
        try await client.sql("CREATE TABLE \(table) (a int8 PRIMARY KEY)")
        let results = try await client.sql(
            "INSERT INTO \(table) VALUES (1), (2)",
            "SELECT count(*) FROM \(table)",
            "UPDATE \(table) SET a = a + 10"
        )
        #expect(results.map(\.affectedRows) == [2, 1, 2])
        #expect(try results[1].int64(0, 0) == 2)
        let error = await failure {
            try await client.sql("INSERT INTO \(table) VALUES (3)", "INSERT INTO \(table) VALUES (11)", "SELECT 1")
        }
        guard case .server(let said) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(said.state == "23505")
        #expect(said.constraint == "\(table)_pkey")
        #expect(said.detail?.contains("(a)=(11)") == true)
        #expect(try await client.number("SELECT count(*) FROM \(table)") == 2)
        #expect(try await client.run([]).isEmpty)
    }

    @Test("what is refused at the end of the transaction is an error too")
    func deferred() async throws {
        let client = try await PostgresClient("?connections=1")
        let table = newName()
        try await client.sql("CREATE TABLE \(table) (a int8 UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        let error = await failure {
            try await client.sql("INSERT INTO \(table) VALUES (1)", "INSERT INTO \(table) VALUES (1)")
        }
        #expect(error?.state == "23505")
        #expect(try await client.number("SELECT count(*) FROM \(table)") == 0)
    }

    @Test("a statement that fails leaves the connection as it was")
    func errors() async throws {
        let client = try await PostgresClient("?connections=1")
        let process = try await client.number("SELECT pg_backend_pid()")
        #expect(await failure { try await client.sql("SELEC 1") }?.state == "42601")
        #expect(await failure { try await client.sql("SELECT 1 / 0") }?.state == "22012")
        #expect(await failure { try await client.sql("SELECT 1; SELECT 2") }?.state == "42601")
        #expect(try await client.number("SELECT pg_backend_pid()::int8") == process)
    }

    @Test("a statement is prepared once for each connection, and anew with other types")
    func prepared() async throws {
        let client = try await PostgresClient("?connections=1")
        for number in 1...3 {
            _ = try await client.value("SELECT $1 + 1") { $0.append(Int64(number)) }
            _ = try await client.value("SELECT $1 + 1") { $0.append(Int32(number)) }
        }
        let query = PostgresQuery("SELECT 'twice in one call'")
        _ = try await client.run([query, query, PostgresQuery("SELECT 'once'", prepared: false)])
        let count = PostgresQuery(
            "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements ORDER BY 1, 2",
            prepared: false
        )
        let rows = try await client.run([count])[0]
        let statements = try (0..<rows.rowCount).map { "\(try rows.text($0, 0)) \(try rows.int64($0, 1))" }
        #expect(statements == ["SELECT $1 + 1 3", "SELECT $1 + 1 3", "SELECT 'twice in one call' 2"])
    }

    @Test("a statement that was not prepared, as one before it failed, is prepared later")
    func unprepared() async throws {
        let client = try await PostgresClient("?connections=1")
        for _ in 0..<2 {
            #expect(await failure { try await client.sql("SELECT 1 / 0", "SELECT 'later'") }?.state == "22012")
        }
        #expect(try await client.sql("SELECT 'later'")[0].text(0, 0) == "later")
    }

    @Test(
        "statements that the server has forgotten are prepared anew",
        arguments: ["DISCARD ALL", "DEALLOCATE ALL"]
    )
    func forgotten(statement: String) async throws {
        let client = try await PostgresClient("?connections=1")
        let process = try await client.number("SELECT pg_backend_pid()::int8")
        _ = try await client.run([PostgresQuery(statement, prepared: false)])
        #expect(try await client.number("SELECT pg_backend_pid()::int8") == process)
        _ = try await client.run([PostgresQuery(statement, prepared: false)])
        _ = try await client.run([PostgresQuery("SELECT pg_backend_pid()::int8")], resend: .never)
    }

    @Test("a table that was changed changes what its statements answer")
    func changedPlan() async throws {
        let client = try await PostgresClient("?connections=1")
        let table = newName()
        try await client.sql("CREATE TABLE \(table) (a int8)")
        #expect(try await client.sql("SELECT * FROM \(table)")[0].columnCount == 1)
        try await client.sql("ALTER TABLE \(table) ADD b int8")
        #expect(try await client.sql("SELECT * FROM \(table)")[0].columnCount == 2)
    }

    @Test("for a pooler nothing is prepared, and nothing set for the session")
    func pooler() async throws {
        let client = try await PostgresClient("?connections=1&prepare=false")
        #expect(try await client.value("SELECT $1 + 1") { $0.append(Int64(1)) }.int64(0, 0) == 2)
        #expect(try await client.number("SELECT count(*) FROM pg_prepared_statements") == 0)
        #expect(try await client.sql("SHOW statement_timeout")[0].text(0, 0) == "0")
        #expect(try await client.sql("SHOW jit")[0].text(0, 0) == "on")
    }

    @Test("otherwise the server has a limit of its own, a little later than the call's")
    func settings() async throws {
        let client = try await PostgresClient("?timeout=10")
        let settings = try await client.sql(
            "SHOW statement_timeout",
            "SHOW jit",
            "SHOW application_name",
            "SHOW client_encoding"
        )
        #expect(try settings.map { try $0.text(0, 0) } == ["13s", "off", "roost", "UTF8"])
    }

    @Test("a hundred callers at once are all answered, over a few connections")
    func concurrent() async throws {
        let name = newName("app")
        let client = try await PostgresClient("?connections=4&application_name=\(name)")
        try await withThrowingTaskGroup { group in
            for caller in 0..<100 {
                group.addTask {
                    for number in 0..<5 {
                        let sent = Int64(caller * 10 + number)
                        let answer = try await client.value("SELECT $1") { $0.append(sent) }.int64(0, 0)
                        #expect(answer == sent)
                    }
                }
            }
            try await group.waitForAll()
        }
        let connections = try await PostgresClient().connections(named: name)
        #expect((1...4).contains(connections))
    }

    @Test("a call of a task that is cancelled goes on")
    func cancelled() async throws {
        let client = try await PostgresClient()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.number("SELECT 1 FROM pg_sleep(0.05)")
        }
        #expect(try await task.value == 1)
    }

    @Test("what was undone for a deadlock or a failed serialization is done again")
    func retried() async throws {
        let client = try await PostgresClient("?connections=2")
        let (table, sequence) = (newName(), newName("s"))
        try await client.sql("CREATE TABLE \(table) (a int8)", "CREATE SEQUENCE \(sequence)")
        // Two times it fails, and a sequence is not undone.
        let text = """
            DO $$ BEGIN
            IF nextval('\(sequence)') < 3 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF;
            END $$
            """
        try await client.sql("INSERT INTO \(table) VALUES (1)", text, resend: .never)
        #expect(try await client.number("SELECT count(*) FROM \(table)") == 1)
        #expect(try await client.number("SELECT last_value FROM \(sequence)") == 3)
    }
}
