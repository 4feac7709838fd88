import Testing

@testable import RoostPostgresClient

@Suite(.timeLimit(.minutes(2))) struct ConfigurationTests {
    private func option(_ name: String, _ url: String) throws -> String? {
        try PostgresConfiguration(url).options.last { $0.name == name }?.value
    }

    @Test(
        "a URL names its servers and database, and shows no more",
        arguments: [
            ("postgres://localhost/jobs", "postgres://localhost:5432/jobs"),
            ("postgresql://worker:secret@db.example:5433/jobs", "postgres://db.example:5433/jobs"),
            ("POSTGRES://a,b:5433/jobs?sslmode=require", "postgres://a:5432,b:5433/jobs"),
            ("postgres://worker:secret@[::1]:5433/jobs", "postgres://[::1]:5433/jobs"),
            ("postgres:///jobs?host=/run/postgresql&password=secret", "postgres://%2Frun%2Fpostgresql:5432/jobs"),
            ("host=db.example dbname=jobs password='se cret'", "postgres://db.example:5432/jobs"),
            ("postgres://a/?service=secrets", "postgres://a:5432/"),
            ("service=jobs", "postgres service jobs"),
        ]
    )
    func servers(url: String, description: String) throws {
        let configuration = try PostgresConfiguration(url)
        #expect(configuration.description == description)
        #expect("\(configuration)" == description)
        #expect(String(reflecting: configuration) == description)
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("cret"))
    }

    @Test("options are the client's, libpq's, or others'")
    func options() throws {
        let url = "postgres://a/d?timeout=2.5&connections=3&prepare=false&sslmode=require&durability=full&x=%2Fy%20z"
        let configuration = try PostgresConfiguration(url)
        #expect(configuration.callTimeout == .milliseconds(2500))
        #expect(configuration.maxConnections == 3)
        #expect(!configuration.preparesStatements)
        #expect(configuration.extra.map(\.name) == ["durability", "x"])
        #expect(configuration.extra.map(\.value) == ["full", "/y z"])
        #expect(try option("sslmode", url) == "require")
        #expect(try option("sslmode", "postgres://a/d?ssl=true") == "require")

        let keywords = try PostgresConfiguration(#"host = a  dbname='it'  password=p\ w\'d timeout=4 other='a b'"#)
        #expect(keywords.callTimeout == .seconds(4))
        #expect(keywords.extra.map(\.value) == ["a b"])
        #expect(keywords.options.map(\.value) == ["a", "it", "p w'd"])
    }

    @Test("what is not said is as before")
    func defaults() throws {
        let configuration = try PostgresConfiguration("postgres://a")
        #expect(configuration.callTimeout == .seconds(30))
        #expect(configuration.maxConnections == 8)
        #expect(configuration.preparesStatements)
        #expect(configuration.extra.isEmpty)
    }

    @Test("a password is decoded")
    func password() throws {
        #expect(try option("password", "postgres://u:p%40s%2Fs%25@a/d") == "p@s/s%")
    }

    @Test(
        "what cannot be read says so, without what may be a password",
        arguments: [
            "redis://u:hunter2@a", "mysql://u:hunter2@a", "hunter2", "", "postgres://u:hunter2@b@a/d",
            "postgres://u:hun/ter2@a/d", "postgres://u:hun?ter2@a/d", "postgres://u:hunter2",
            "postgres://u:%zhunter2@a",
            "postgres://[::1", "postgres://a:99999/d", "postgres://a/d?hunter2", "postgres://a/d?timeout=0",
            "postgres://a/d?timeout=soon", "postgres://a/d?connections=0", "postgres://a/d?prepare=maybe",
            "host=a password='hunter2", "host=a hunter2", "=hunter2", "host=a port=hunter2",
            "postgres://a/\u{0}hunter2",
        ]
    )
    func refused(url: String) {
        do {
            _ = try PostgresConfiguration(url)
            Issue.record("\(url) was taken")
        } catch {
            #expect(!"\(error)".contains("ter2"))
            #expect(!error.problem.isEmpty && !error.advice.isEmpty)
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct ConnectPlanTests {
    private func plan(_ url: String) throws -> ConnectPlan {
        ConnectPlan(try PostgresConfiguration(url))
    }

    private func values(_ name: String, _ plan: ConnectPlan) -> [String?] {
        plan.attempts.map { options in options.last { $0.name == name }?.value }
    }

    @Test("a server that is gone is noticed, and text is UTF-8")
    func defaults() throws {
        let plan = try plan("postgres://a/d?keepalives_idle=60&client_encoding=LATIN1")
        #expect(values("keepalives_idle", plan) == ["60"])
        #expect(values("keepalives_interval", plan) == ["3"])
        #expect(values("tcp_user_timeout", plan) == ["15000"])
        #expect(values("fallback_application_name", plan) == ["roost"])
        #expect(values("client_encoding", plan) == ["UTF8"])
        #expect(values("target_session_attrs", plan) == [nil])
        #expect(plan.limit == .seconds(5))
        #expect(!plan.isShuffled)
    }

    @Test("each host is an attempt, and the one that takes writes is wanted")
    func hosts() throws {
        let plan = try plan("postgres://a:1,b:2,c/d?connect_timeout=2")
        #expect(values("host", plan) == ["a", "b", "c"])
        #expect(values("port", plan).prefix(2) == ["1", "2"])
        #expect(values("target_session_attrs", plan) == ["read-write", "read-write", "read-write"])
        #expect(values("dbname", plan) == ["d", "d", "d"])
        #expect(plan.limit == .seconds(2))
        let one = try self.plan("host=a,b port=7 target_session_attrs=any")
        #expect(values("port", one) == ["7", "7"])
        #expect(values("target_session_attrs", one) == ["any", "any"])
    }

    @Test("lists that do not fit together are left to libpq")
    func mismatch() throws {
        #expect(values("host", try plan("host=a,b,c port=1,2")) == ["a,b,c"])
    }

    @Test("a standby is preferred: all hosts for one, then for any")
    func standby() throws {
        let plan = try plan("postgres://a,b/d?target_session_attrs=prefer-standby")
        #expect(values("host", plan) == ["a", "b", "a", "b"])
        #expect(values("target_session_attrs", plan) == ["standby", "standby", "any", "any"])
    }
}
