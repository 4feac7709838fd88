import RoostCore
import Testing

@testable import RoostRedis

@Suite("What a server's settings mean for jobs")
struct ServerFindingsTests {
    /// A server that nothing is to be said of.
    private static var good: ServerFacts {
        var facts = ServerFacts()
        facts.product = .redis
        facts.version = ServerVersion("7.0.15")
        facts.role = .master
        facts.appends = true
        facts.appendSync = .everySecond
        facts.snapshots = ""
        facts.usedMemory = 1_500_000
        facts.maxMemory = 0
        facts.evictionPolicy = "noeviction"
        return facts
    }

    private static func finding(
        _ subject: String,
        acceptsEviction: Bool = false,
        replicas: Int = 0,
        _ change: (inout ServerFacts) -> Void
    ) throws -> StoreFinding {
        var facts = good
        change(&facts)
        let findings = facts.findings(acceptsEviction: acceptsEviction, replicas: replicas)
        return try #require(
            findings.first { $0.subject == subject && $0.severity != .ok } ?? findings.first { $0.subject == subject }
        )
    }

    @Test("all is well with a server that keeps its jobs")
    func good() {
        let findings = Self.good.findings(acceptsEviction: false, replicas: 0)
        #expect(findings.allSatisfy { $0.severity == .ok })
        #expect(findings.map(\.subject) == ["version", "role", "persistence", "eviction", "memory", "replicas"])
        #expect(findings.map(\.what).contains("1.5 MB used, no limit (maxmemory 0)"))
    }

    @Test(
        "how it writes to disk says what is lost",
        arguments: [
            (true, .always, "", .ok, "on disk"),
            (true, .everySecond, "", .ok, "last second"),
            (true, .whenSystemLikes, "", .warning, "half a minute"),
            (true, nil, nil, .ok, "last second"),
            (false, nil, "3600 1", .warning, "since its last snapshot"),
            (false, nil, "", .problem, "loses all jobs"),
            (false, nil, nil, .warning, "last snapshot"),
            (nil, nil, nil, .warning, "lose all jobs"),
        ] as [(Bool?, ServerFacts.AppendSync?, String?, StoreFinding.Severity, String)]
    )
    func persistence(
        appends: Bool?,
        sync: ServerFacts.AppendSync?,
        snapshots: String?,
        severity: StoreFinding.Severity,
        meaning: String
    ) throws {
        let finding = try Self.finding("persistence") { facts in
            facts.appends = appends
            facts.appendSync = sync
            facts.snapshots = snapshots
        }
        #expect(finding.severity == severity)
        #expect(finding.meaning?.contains(meaning) == true, "\(finding.line)")
        #expect(finding.refusal == nil)
        #expect((finding.advice == nil) == (severity == .ok))
    }

    @Test(
        "eviction is refused where it may drop jobs, and only there",
        arguments: [
            ("noeviction", 100, false, .ok, false),
            ("allkeys-lru", 100, false, .problem, true),
            ("allkeys-random", 100, false, .problem, true),
            ("allkeys-lru", nil, false, .problem, true),
            ("something-new", 100, false, .problem, true),
            ("allkeys-lru", 100, true, .problem, false),
            ("allkeys-lru", 0, false, .warning, false),
            ("volatile-lru", 100, false, .warning, false),
            ("volatile-ttl", 0, false, .ok, false),
            (nil, 100, false, .warning, false),
        ] as [(String?, Int64?, Bool, StoreFinding.Severity, Bool)]
    )
    func eviction(
        policy: String?,
        limit: Int64?,
        accepts: Bool,
        severity: StoreFinding.Severity,
        isRefused: Bool
    ) throws {
        let finding = try Self.finding("eviction", acceptsEviction: accepts) { facts in
            facts.evictionPolicy = policy
            facts.maxMemory = limit
        }
        #expect(finding.severity == severity)
        #expect((finding.refusal != nil) == isRefused)
        if isRefused { #expect(finding.advice?.contains("accept-eviction=true") == true) }
    }

    @Test(
        "a server that is too old is refused",
        arguments: [
            (.redis, "6.2.14", true), (.redis, "7.0.0", false), (.redis, "8.0", false),
            (.valkey, "7.2.0", false), (.valkey, "7.1", true), (.valkey, "8.1.1", false),
        ] as [(ServerFacts.Product, String, Bool)]
    )
    func version(product: ServerFacts.Product, version: String, isRefused: Bool) throws {
        let finding = try Self.finding("version") { facts in
            facts.product = product
            facts.version = ServerVersion(version)
        }
        #expect(finding.refusal == (isRefused ? .foreign : nil))
        #expect(finding.severity == (isRefused ? .problem : .ok))
    }

    @Test("a replica is refused")
    func replica() throws {
        let finding = try Self.finding("role") { $0.role = .replica(of: "10.0.0.1:6379") }
        #expect(finding.refusal == .readOnly)
        #expect(finding.what == "a replica of 10.0.0.1:6379")
    }

    @Test(
        "memory that is nearly full is told of",
        arguments: [
            (89, "noeviction", .ok, nil), (90, "noeviction", .warning, "new jobs are refused"),
            (100, "noeviction", .problem, "new jobs are refused"), (95, "allkeys-lru", .warning, "jobs are dropped"),
        ] as [(Int64, String, StoreFinding.Severity, String?)]
    )
    func memory(used: Int64, policy: String, severity: StoreFinding.Severity, meaning: String?) throws {
        let finding = try Self.finding("memory") { facts in
            facts.usedMemory = used * 1_000_000
            facts.maxMemory = 100_000_000
            facts.evictionPolicy = policy
        }
        #expect(finding.severity == severity)
        if let meaning { #expect(finding.meaning?.contains(meaning) == true) }
        #expect(finding.what == "\(used) MB used of 100 MB")
    }

    @Test("a disk that cannot be written is a problem, where the server writes to it")
    func disk() throws {
        #expect(try Self.finding("disk") { $0.lastAppendFailed = true }.severity == .problem)
        let snapshot = try Self.finding("disk") { facts in
            facts.lastSnapshotFailed = true
            facts.snapshots = "60 1"
        }
        #expect(snapshot.severity == .problem)
        var without = Self.good
        without.lastSnapshotFailed = true
        #expect(!without.findings(acceptsEviction: false, replicas: 0).contains { $0.subject == "disk" })
    }

    @Test("fewer replicas than an enqueue waits for are a problem")
    func replicas() throws {
        let one = ServerFacts.Replica(address: "10.0.0.2:6379", isOnline: true, lag: 0)
        let filling = ServerFacts.Replica(address: "10.0.0.3:6379", isOnline: false, lag: 5)
        let enough = try Self.finding("replicas", replicas: 1) { $0.replicas = [one, filling] }
        #expect(enough.severity == .ok)
        #expect(enough.what == "10.0.0.2:6379; 10.0.0.3:6379, not online, silent for 5 s")
        #expect(try Self.finding("replicas", replicas: 2) { $0.replicas = [one, filling] }.severity == .problem)
        #expect(try Self.finding("replicas", replicas: 1) { _ in }.severity == .problem)
    }

    @Test("what could not be read is said")
    func silence() throws {
        let finding = try Self.finding("settings") { $0.silences = ["CONFIG GET: NOPERM no"] }
        #expect(finding.severity == .warning)
        #expect(finding.what.contains("CONFIG GET: NOPERM no"))
    }

    @Test("a finding makes one line")
    func line() {
        let finding = StoreFinding(.warning, "disk", "it is full", meaning: "jobs wait", advice: "make room")
        #expect(finding.line == "disk: it is full: jobs wait. Make room")
        #expect(StoreFinding(.ok, "role", "master").line == "role: master")
    }
}
