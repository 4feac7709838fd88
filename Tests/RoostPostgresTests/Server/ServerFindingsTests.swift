import RoostCore
import Testing

@testable import RoostPostgres

@Suite("What a Postgres server's settings mean for jobs")
struct PostgresServerFindingsTests {
    /// A server that nothing is to be said of.
    static var good: ServerFacts {
        var facts = ServerFacts()
        facts.version = 150_018
        facts.versionText = "15.18"
        facts.connections = 7
        facts.maxConnections = 100
        facts.reservedConnections = 3
        facts.host = "/run/postgresql"
        facts.user = "app"
        return facts
    }

    static func finding(_ subject: String, _ change: (inout ServerFacts) -> Void) throws -> StoreFinding {
        var facts = good
        change(&facts)
        let findings = facts.findings + facts.vacuumFindings
        return try #require(
            findings.first { $0.subject == subject && $0.severity != .ok } ?? findings.first { $0.subject == subject }
        )
    }

    @Test("all is well with a server that keeps its jobs")
    func good() {
        let findings = Self.good.findings + Self.good.vacuumFindings
        #expect(findings.allSatisfy { $0.severity == .ok && $0.advice == nil })
        #expect(
            findings.map(\.subject) == [
                "version", "role", "durability", "encryption", "connections", "autovacuum", "transactions",
            ]
        )
        #expect(findings.map(\.what).contains("7 of 100, of which 3 are kept for superusers"))
    }

    @Test("each setting by which jobs can be lost is told, with what to set")
    func durability() {
        var settings = DurabilitySettings()
        #expect(settings.findings.map(\.severity) == [.ok])
        settings.synchronousCommit = "remote_apply"
        #expect(settings.findings.map(\.severity) == [.ok])
        settings.synchronousCommit = "off"
        #expect(settings.findings.map(\.severity) == [.warning])
        settings.fsync = false
        settings.fullPageWrites = false
        #expect(settings.findings.map(\.severity) == [.problem, .warning, .warning])
        #expect(settings.findings.allSatisfy { $0.meaning?.contains("lost") == true && $0.advice != nil })
    }

    @Test("what takes no writes, or is too old, is not opened")
    func refusals() throws {
        #expect(try Self.finding("version") { $0.version = 130_009 }.refusal == .foreign)
        #expect(try Self.finding("version") { $0.version = 140_000 }.severity == .ok)
        #expect(try Self.finding("role") { $0.isStandby = true }.refusal == .readOnly)
        #expect(
            try Self.finding("role") { $0.isReadOnly = true }.advice?.contains("default_transaction_read_only") == true
        )
    }

    @Test(
        "without TLS it is a warning, but on this machine",
        arguments: [
            ("db.example.com", false, .warning), ("db.example.com", true, .ok), ("10.0.0.1", false, .warning),
            ("127.0.0.1", false, .ok), ("localhost", false, .ok), ("::1", false, .ok), ("/tmp", false, .ok),
        ] as [(String, Bool, StoreFinding.Severity)]
    )
    func encryption(host: String, isUsingTLS: Bool, severity: StoreFinding.Severity) throws {
        let finding = try Self.finding("encryption") { facts in
            facts.host = host
            facts.isUsingTLS = isUsingTLS
        }
        #expect(finding.severity == severity)
    }

    @Test(
        "connections are counted against those that users may have",
        arguments: [(77, false), (78, true), (97, true)]
    )
    func connections(used: Int, isWarning: Bool) throws {
        #expect(try (Self.finding("connections") { $0.connections = used }.severity == .warning) == isWarning)
    }

    @Test(
        "a transaction that is open for ten minutes is in the way",
        arguments: [
            (0, .ok, "none"), (59, .ok, "59 s"), (599, .ok, "9 min"), (600, .warning, "10 min"),
            (90_000, .warning, "25 h"),
        ]
            as [(Int, StoreFinding.Severity, String)]
    )
    func transactions(seconds: Int, severity: StoreFinding.Severity, words: String) throws {
        let finding = try Self.finding("transactions") { facts in
            facts.transaction = .init(
                process: 42,
                application: "psql",
                user: "ada",
                state: "idle in transaction",
                age: .seconds(seconds)
            )
        }
        #expect(finding.severity == severity)
        #expect(finding.what.contains(words), "\(finding.what)")
        #expect((finding.advice?.contains("pg_terminate_backend(42)") == true) == (severity == .warning))
    }

    @Test("who sees its own transactions alone is told so")
    func ownTransactions() throws {
        let finding = try Self.finding("transactions") { $0.seesOthers = false }
        #expect(finding.severity == .ok)
        #expect(finding.advice == "to see those of others: GRANT pg_read_all_stats TO app")
    }

    @Test("a transaction that was prepared and forgotten is in the way", arguments: [(599, false), (600, true)])
    func prepared(seconds: Int, isWarning: Bool) throws {
        let finding = try Self.finding("transactions") { facts in
            facts.prepared = .init(count: 2, oldest: "x1", age: .seconds(seconds))
        }
        #expect((finding.severity == .warning) == isWarning)
        #expect((finding.advice?.contains("ROLLBACK PREPARED 'x1'") == true) == isWarning)
    }

    @Test(
        "a slot that nobody reads keeps the log, and rows where it says so",
        arguments: [
            (.init(name: "s", isSlot: true, isActive: true, age: nil, kept: 10), .ok, "keeps 10 bytes of the log"),
            (.init(name: "s", isSlot: true, isActive: false, age: nil, kept: 10), .warning, "nobody uses it"),
            (.init(name: "s", isSlot: true, isActive: false, age: 3, kept: 10), .warning, "last 3 transactions"),
            (.init(name: "s", isSlot: false, isActive: true, age: 3, kept: nil), .ok, "standby s"),
            (.init(name: "s", isSlot: false, isActive: true, age: 20_000_000, kept: nil), .warning, "20000000"),
        ] as [(ServerFacts.Follower, StoreFinding.Severity, String)]
    )
    func followers(follower: ServerFacts.Follower, severity: StoreFinding.Severity, words: String) throws {
        let finding = try Self.finding("replication") { $0.followers = [follower] }
        #expect(finding.severity == severity)
        #expect(finding.what.contains(words), "\(finding.what)")
        #expect((finding.advice == nil) == (severity == .ok))
    }

    @Test("without autovacuum, of the server or of a table, nothing is cleaned up")
    func autovacuum() throws {
        #expect(try Self.finding("autovacuum") { $0.autovacuum = false }.severity == .problem)
        let finding = try Self.finding("autovacuum") { facts in
            facts.schema.name = "roost"
            facts.schema.relations = [SchemaFindingsTests.table("job"), SchemaFindingsTests.table("done")]
            facts.schema.relations[1].autovacuum = false
        }
        #expect(finding.severity == .problem)
        #expect(finding.advice == "ALTER TABLE roost.done RESET (autovacuum_enabled)")
    }

    @Test(
        "dead rows count where there are many, and no vacuum was lately",
        arguments: [
            (0, 0, nil, nil), (10, 100, nil, .ok), (200_000, 10, 60, .ok), (200_000, 10, 400, .warning),
            (200_000, 10, nil, .warning), (200_000, 1_000_000, 400, .ok),
        ] as [(Int64, Int64, Int?, StoreFinding.Severity?)]
    )
    func deadRows(dead: Int64, live: Int64, seconds: Int?, severity: StoreFinding.Severity?) {
        var facts = Self.good
        var table = SchemaFindingsTests.table("job")
        table.deadRows = dead
        table.liveRows = live
        table.vacuumed = seconds.map { .seconds($0) }
        facts.schema.relations = [table]
        #expect(facts.vacuumFindings.first { $0.subject == "dead rows" }?.severity == severity)
    }
}
