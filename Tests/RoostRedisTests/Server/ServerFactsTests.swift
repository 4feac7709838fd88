import RoostCore
import RoostRedisClient
import Testing

@testable import RoostRedis

@Suite("What a server tells of itself")
struct ServerFactsTests {
    @Test("is read from INFO and CONFIG GET")
    func redis() {
        let facts = ServerFacts(replies: [
            Self.text("# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n"),
            Self.text(
                """
                # Replication\r\nrole:master\r\nconnected_slaves:2\r\n\
                slave0:ip=10.0.0.2,port=6380,state=online,offset=14,lag=1\r\n\
                slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=12\r\n
                """
            ),
            Self.text(
                "# Persistence\r\nloading:1\r\naof_enabled:1\r\naof_last_write_status:ok\r\nrdb_last_bgsave_status:err\r\n"
            ),
            Self.text("# Memory\r\nused_memory:1048576\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"),
            Self.pairs(["appendonly", "yes", "appendfsync", "always", "appendfilename", "a"]),
            Self.pairs(["save", "3600 1 300 100"]),
            Self.pairs(["maxmemory", "0", "maxmemory-policy", "noeviction"]),
        ])
        var expected = ServerFacts()
        expected.product = .redis
        expected.version = ServerVersion("7.0.15")
        expected.run = "abc"
        expected.role = .master
        expected.replicas = [
            .init(address: "10.0.0.2:6380", isOnline: true, lag: 1),
            .init(address: "10.0.0.3:6380", isOnline: false, lag: 12),
        ]
        expected.isLoading = true
        expected.appends = true
        expected.appendSync = .always
        expected.snapshots = "3600 1 300 100"
        expected.lastSnapshotFailed = true
        expected.usedMemory = 1_048_576
        expected.maxMemory = 0
        expected.evictionPolicy = "noeviction"
        #expect(facts == expected)
    }

    @Test("is of Valkey by its own version, not by that of the Redis it is like")
    func valkey() {
        let facts = ServerFacts(replies: [
            Self.text("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n"),
            Self.text("role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\n"),
        ])
        #expect(facts.product == .valkey)
        #expect(facts.version == ServerVersion("8.1.0"))
        #expect(facts.role == .replica(of: "10.0.0.1:6379"))
    }

    @Test("is less where CONFIG is not allowed, and it says so once")
    func noConfig() {
        let refusal = RedisValue.error("NOPERM this user has no permissions to run the 'config|get' command")
        let facts = ServerFacts(replies: [
            Self.text("redis_version:7.0.15\r\n"), Self.text("role:master\r\n"), Self.text("aof_enabled:0\r\n"),
            Self.text("maxmemory:100\r\nmaxmemory_policy:allkeys-lru\r\n"), refusal, refusal, refusal,
        ])
        #expect(facts.silences.count == 1)
        #expect(facts.silences[0].hasPrefix("CONFIG GET: NOPERM"))
        #expect(facts.appends == false)
        #expect(facts.snapshots == nil)
        #expect(facts.evictionPolicy == "allkeys-lru")
    }

    @Test(
        "may be anything",
        arguments: [
            [], [.null], [.integer(1), .array([]), .error("")], [.bytes([255, 58, 13])],
        ] as [[RedisValue]]
    )
    func anything(replies: [RedisValue]) {
        let facts = ServerFacts(replies: replies)
        #expect(facts.version == nil)
        let findings = facts.findings(acceptsEviction: false, replicas: 0)
        #expect(findings.allSatisfy { $0.severity != .problem && $0.refusal == nil })
        #expect(findings.contains { $0.subject == "version" && $0.severity == .warning })
    }

    @Test("versions are compared by their numbers")
    func versions() throws {
        let old = try #require(ServerVersion("6.2.14"))
        let new = try #require(ServerVersion("7.0"))
        let newer = try #require(ServerVersion("10.0.0-rc1"))
        #expect(old < new)
        #expect(new < newer)
        #expect(ServerVersion("unstable") == nil)
        #expect(ServerVersion("") == nil)
    }

    private static func text(_ text: String) -> RedisValue { .bytes(Array(text.utf8)) }

    private static func pairs(_ texts: [String]) -> RedisValue { .array(texts.map(text)) }
}
