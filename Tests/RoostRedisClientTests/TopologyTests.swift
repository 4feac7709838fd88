import ProcessSupport
import RedisSupport
import Synchronization
import TCPProxy
import Testing

@testable import RoostRedisClient

@Suite struct TopologyTests {
    @Test("Sentinels name the master, also after a failover")
    func sentinel() async throws {
        let master = try await RedisServer.bare()
        let replica = try await RedisServer.start(.init(appendOnly: nil, replicaOf: master))
        let old = RedisClient(master)
        try await waitUntil("the replica is in line") {
            try await old.get("INFO", "replication").text?.contains("state=online") == true
        }
        let sentinel = try await RedisServer.start(
            .sentinel(of: master, named: "main", quorum: 1, silence: .milliseconds(300))
        )
        let nobody = RedisAddress.host("127.0.0.1", port: try Loopback.freePort())
        var configuration = RedisConfiguration(topology: .sentinel([nobody, sentinel.address], master: "main"))
        configuration.timeout = .seconds(30)
        let client = RedisClient(configuration, logger: silent)
        #expect(try await client.get("SET", "a", "1") == .status("OK"))
        let second = RedisClient(replica)
        try await waitUntil("the replica has it") { try await second.get("GET", "a") == .bytes([0x31]) }
        let watcher = RedisClient(sentinel)
        try await waitUntil("the Sentinel knows the replica") {
            try await watcher.get("SENTINEL", "REPLICAS", "main").array?.count == 1
        }
        master.kill()
        #expect(try await client.get("INCR", "a") == .integer(2))
        #expect(try await RedisClient(replica).get("GET", "a") == .bytes([0x32]))
        configuration.topology = .sentinel([sentinel.address], master: "other")
        let error = await #expect(throws: RedisError.self) {
            try await RedisClient(configuration, logger: silent).get("PING")
        }
        #expect("\(error as Any)".contains("no master 'other'"))
    }

    @Test(
        "Sentinels have credentials of their own, apart from those of the servers",
        arguments: [
            (nil, "sentinel-password=outer", nil),
            ("ann", "sentinel-user=ann&sentinel-password=outer", nil),
            (nil, "sentinel-password=inner", "WRONGPASS"),
            (nil, "connections=1", "wants a password: name it by the option sentinel-password"),
        ] as [(String?, String, String?)]
    )
    func sentinelCredentials(user: String?, options: String, failure: String?) async throws {
        let master = try await RedisServer.start(.init(appendOnly: nil, password: "inner"))
        var watching = RedisServer.Options.sentinel(of: master, named: "main", quorum: 1)
        if let user {
            watching.user = .init(user, password: "outer")
        } else {
            watching.password = "outer"
        }
        let sentinel = try await RedisServer.start(watching)
        let url = "redis+sentinel://:inner@127.0.0.1:\(sentinel.port)/main?timeout=2&\(options)"
        let client = RedisClient(try RedisConfiguration(url), logger: silent)
        guard let failure else {
            #expect(try await client.get("PING") == .status("PONG"))
            return
        }
        let error = await #expect(throws: RedisError.self) { try await client.get("PING") }
        #expect("\(error as Any)".contains(failure))
        #expect(!"\(error as Any)".contains("inner"))
    }

    private struct Cluster {
        let nodes: [RedisServer]
        let clients: [RedisClient]
        let names: [String]

        init(_ count: Int) async throws {
            var nodes: [RedisServer] = []
            for _ in 0..<count {
                // The bus of the cluster has the port of the server and 10,000 more, if it fits.
                let bus = try Loopback.freePort()
                let lines = ["cluster-enabled yes", "cluster-require-full-coverage no", "cluster-port \(bus)"]
                nodes.append(try await RedisServer.bare(lines: lines))
            }
            self.nodes = nodes
            clients = nodes.map { RedisClient($0) }
            var names: [String] = []
            for client in clients { names.append(try await client.get("CLUSTER", "MYID").text ?? "") }
            self.names = names
            for (index, node) in nodes.enumerated() where index > 0 {
                let info = try await clients[index].get("CONFIG", "GET", "cluster-port")
                let bus = info.array?.last?.text ?? ""
                _ = try await clients[0].get("CLUSTER", "MEET", "127.0.0.1", "\(node.port)", bus)
            }
            _ = try await clients[0].get("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            for client in clients {
                try await waitUntil("all nodes know each other") {
                    let info = try await client.get("CLUSTER", "INFO").text ?? ""
                    return info.contains("cluster_known_nodes:\(count)") && info.contains("slots_assigned:16384")
                }
            }
        }

        func client(_ seeds: [Int], tag: String) -> RedisClient {
            var configuration = RedisConfiguration(topology: .cluster(seeds.map { nodes[$0].address }))
            configuration.hashTag = tag
            configuration.timeout = .seconds(20)
            return RedisClient(configuration, logger: silent)
        }
    }

    @Test("a cluster's client finds the node of its slot, and follows the slot")
    func cluster() async throws {
        let cluster = try await Cluster(3)
        let slot = "\(HashSlot.of("ns"))"
        // A node that is not the slot's. The cluster is down at first: that passes.
        let client = cluster.client([2], tag: "ns")
        let heard = Atomic<Int>(0)
        let subscription = client.subscribe(to: ["{ns}:wake"]) { push in
            if case .message = push { heard.add(1, ordering: .relaxed) }
        }
        #expect(try await client.get("SET", "{ns}:a", "1", resend: .never) == .status("OK"))
        try await waitUntil("a message comes") {
            _ = try await client.get("SPUBLISH", "{ns}:wake", "x")
            return heard.load(ordering: .relaxed) > 0
        }

        // Work goes on meanwhile.
        let isOver = Atomic<Bool>(false)
        let work = Task {
            var (done, unknown) = (Int64(0), Int64(0))
            while !isOver.load(ordering: .relaxed) {
                do throws(RedisError) {
                    _ = try await client.get("INCR", "{ns}:work", resend: .never)
                    done += 1
                } catch {
                    guard case .unknownFate = error else { throw error }
                    unknown += 1
                }
            }
            return done...done + unknown
        }
        try await waitUntil("work is done") { try await client.get("GET", "{ns}:work") != .null }

        // The slot is on its way to the second node: what is not at the first is asked of the second.
        _ = try await cluster.clients[1].get("CLUSTER", "SETSLOT", slot, "IMPORTING", cluster.names[0])
        _ = try await cluster.clients[0].get("CLUSTER", "SETSLOT", slot, "MIGRATING", cluster.names[1])
        #expect(try await client.get("GET", "{ns}:a") == .bytes([0x31]))
        #expect(try await client.get("SET", "{ns}:b", "2", resend: .never) == .status("OK"))
        let both = try await client.pipeline(
            [RedisCommand("INCR", "{ns}:c"), RedisCommand("INCR", "{ns}:c")],
            resend: .never
        )
        #expect(both == [.integer(1), .integer(2)])
        let script = RedisScript(name: "add", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")
        let sum = try await client.run(script, keys: ["{ns}:b"], resend: .never) { $0.append(5) }
        #expect(sum == .integer(7))
        #expect(try await cluster.clients[0].get("CLUSTER", "COUNTKEYSINSLOT", slot) == .integer(2))
        #expect(try await cluster.clients[1].get("CLUSTER", "COUNTKEYSINSLOT", slot) == .integer(2))

        // It has arrived.
        for key in ["{ns}:a", "{ns}:work"] {
            let port = "\(cluster.nodes[1].port)"
            _ = try await cluster.clients[0].get("MIGRATE", "127.0.0.1", port, key, "0", "5000")
        }
        for node in [1, 0, 2] {
            _ = try await cluster.clients[node].get("CLUSTER", "SETSLOT", slot, "NODE", cluster.names[1])
        }
        #expect(try await client.get("INCR", "{ns}:a", resend: .never) == .integer(2))
        isOver.store(true, ordering: .relaxed)
        let sums = try await work.value
        let count = Int64(try await client.get("GET", "{ns}:work").text ?? "") ?? 0
        #expect(sums.contains(count))
        let before = heard.load(ordering: .relaxed)
        try await waitUntil("a message comes from the second node") {
            _ = try await client.get("SPUBLISH", "{ns}:wake", "x")
            return heard.load(ordering: .relaxed) > before
        }
        subscription.cancel()
    }

    @Test("a plain URL at a node of a cluster is led to the right one, and one of a cluster at a plain server refused")
    func mixed() async throws {
        let cluster = try await Cluster(2)
        let client = RedisClient(cluster.nodes[1]) { $0.timeout = .seconds(20) }
        #expect(try await client.get("SET", "a", "1", resend: .never) == .status("OK"))
        let server = try await RedisServer.bare()
        let other = RedisClient(RedisConfiguration(topology: .cluster([server.address])), logger: silent)
        let error = await #expect(throws: RedisError.self) { try await other.get("PING") }
        #expect("\(error as Any)".contains("cluster support disabled"))
    }
}
