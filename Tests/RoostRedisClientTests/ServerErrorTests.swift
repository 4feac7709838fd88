import Testing

@testable import RoostRedisClient

@Suite struct ServerErrorTests {
    @Test(
        "an error reply says what is to be done",
        arguments: [
            ("ERR unknown command", "ERR", .none),
            ("WRONGTYPE Operation against a key", "WRONGTYPE", .none),
            ("OOM command not allowed", "OOM", .none),
            ("LOADING Redis is loading the dataset in memory", "LOADING", .retry),
            ("BUSY Redis is busy running a script", "BUSY", .retry),
            ("BUSYKEY Target key name already exists.", "BUSYKEY", .none),
            ("TRYAGAIN Multiple keys request during rehashing of slot", "TRYAGAIN", .retry),
            ("NOREPLICAS Not enough good replicas to write.", "NOREPLICAS", .retry),
            ("READONLY You can't write against a read only replica.", "READONLY", .leave),
            ("MASTERDOWN Link with MASTER is down", "MASTERDOWN", .leave),
            ("CLUSTERDOWN Hash slot not served", "CLUSTERDOWN", .leave),
            ("MOVED 3999 127.0.0.1:6381", "MOVED", .moved("127.0.0.1:6381")),
            ("ASK 3999 ::1:6381", "ASK", .ask("::1:6381")),
            ("NOSCRIPT No matching script.", "NOSCRIPT", .load),
        ] as [(String, String, ServerError.Reaction)]
    )
    func reactions(text: String, code: String, reaction: ServerError.Reaction) {
        #expect(ServerError(text).code == code)
        #expect(ServerError(text).reaction == reaction)
    }

    @Test("a place that a node names is read, also of IPv6 and without a host")
    func places() {
        let node = RedisAddress.host("10.0.0.1", port: 7000)
        #expect(RedisAddress(said: "10.0.0.2:7001", by: node) == .host("10.0.0.2", port: 7001))
        #expect(RedisAddress(said: "::1:7001", by: node) == .host("::1", port: 7001))
        #expect(RedisAddress(said: ":7001", by: node) == .host("10.0.0.1", port: 7001))
        #expect(RedisAddress(said: "", by: node) == nil)
        #expect(RedisAddress(said: "host:0", by: node) == nil)
        #expect(RedisAddress(said: ":7001", by: .unix("/a.sock")) == nil)
    }

    @Test("the reply to CLUSTER SLOTS is read, and what is none of it is left out")
    func slots() {
        let node = RedisAddress.host("10.0.0.1", port: 7000)
        let reply = RedisValue.array([
            .array([
                .integer(0), .integer(5460), .array([.bytes(Array("10.0.0.2".utf8)), .integer(7001), .bytes([0x61])]),
                .array([.bytes([]), .integer(7002)]),
            ]),
            .array([.integer(5461), .integer(16_383), .array([.null, .integer(7003)])]),
            .array([.integer(9), .integer(3), .array([.null, .integer(7003)])]),
            .array([.integer(0), .integer(16_384), .array([.null, .integer(7003)])]),
            .array([.integer(0), .integer(1)]),
            .null,
        ])
        let first = SlotRange(
            slots: 0...5460,
            master: .host("10.0.0.2", port: 7001),
            nodes: [.host("10.0.0.2", port: 7001), .host("10.0.0.1", port: 7002)]
        )
        let second = SlotRange(
            slots: 5461...16_383,
            master: .host("10.0.0.1", port: 7003),
            nodes: [.host("10.0.0.1", port: 7003)]
        )
        #expect(SlotRange.all(in: reply, by: node) == [first, second])
        #expect(SlotRange.all(in: .status("OK"), by: node).isEmpty)
    }
}
