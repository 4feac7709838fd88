import ProcessSupport

/// Three masters of a cluster, with a third of the slots each.
///
/// ```swift
/// let cluster = try await RedisCluster.start()
/// let client = … cluster.url …
/// let owner = try cluster.owner(ofKey: "{roost}")
/// let other = cluster.nodes.first { $0 !== owner }!
/// try await cluster.moveSlot(of: "{roost}", to: other) { step in … }
/// ```
package final class RedisCluster: Sendable {
    package let nodes: [RedisServer]

    /// Starts all, and waits until each says that the cluster is complete.
    ///
    /// - Parameter options: of each; their ports are free ones.
    package static func start(_ options: RedisServer.Options = .init()) async throws -> RedisCluster {
        var options = options
        options.role = .clusterNode
        options.port = nil
        var nodes: [RedisServer] = []
        for _ in 0..<3 { nodes.append(try await RedisServer.start(options)) }

        let ranges = [(0, 5460), (5461, 10922), (10923, 16383)]
        for (index, node) in nodes.enumerated() {
            let probe = try node.probe()
            // Their own numbers, so that nobody has to give way.
            try probe.command("CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)")
            try probe.command("CLUSTER", "ADDSLOTSRANGE", "\(ranges[index].0)", "\(ranges[index].1)")
        }
        let first = try nodes[0].probe()
        for node in nodes.dropFirst() {
            try first.command("CLUSTER", "MEET", "127.0.0.1", "\(node.port)", "\(try node.busPort())")
        }
        let cluster = RedisCluster(nodes: nodes)
        try await cluster.waitUntilComplete()
        return cluster
    }

    private init(nodes: [RedisServer]) {
        self.nodes = nodes
    }

    /// `redis+cluster://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3`, with the name and password of the nodes.
    package var url: String {
        let hosts = nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+cluster://\(nodes[0].credentials)\(hosts)"
    }

    /// Waits until each node knows all others, and an owner of each slot that lives.
    package func waitUntilComplete() async throws {
        try await waitUntil("the cluster is complete") {
            try nodes.allSatisfy { node in
                let info = try node.probe().clusterInfo()
                return info["cluster_state"] == "ok" && info["cluster_known_nodes"] == "3"
                    && info["cluster_slots_ok"] == "16384" && info["cluster_size"] == "3"
            }
        }
    }

    package func slot(ofKey key: String) throws -> Int {
        guard let slot = try nodes[0].probe().command("CLUSTER", "KEYSLOT", key).integer else {
            throw RedisProbeError.unreadable("CLUSTER KEYSLOT")
        }
        return slot
    }

    /// The node that has the key's slot, by the word of most nodes.
    package func owner(ofKey key: String) throws -> RedisServer {
        try owner(ofSlot: slot(ofKey: key))
    }

    func owner(ofSlot slot: Int) throws -> RedisServer {
        var votes: [Int: Int] = [:]
        for node in nodes {
            // [[first, last, [host, port, id], …], …]
            let ranges = try node.probe().command("CLUSTER", "SLOTS").array ?? []
            for range in ranges.compactMap(\.array) where range.count > 2 {
                guard let first = range[0].integer, let last = range[1].integer, (first...last).contains(slot),
                    let owner = range[2].array, owner.count > 1, let port = owner[1].integer
                else { continue }
                votes[port, default: 0] += 1
            }
        }
        let port = votes.first { $0.value >= 2 }?.key
        guard let owner = nodes.first(where: { $0.port == port }) else {
            throw NotInTime(description: "the nodes do not agree whose the slot \(slot) is")
        }
        return owner
    }
}

extension RedisProbe {
    func clusterInfo() throws -> [String: String] {
        let text = try command("CLUSTER", "INFO").text ?? ""
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        return fields
    }
}

extension RedisServer {
    /// Where the nodes of a cluster speak with each other.
    func busPort() throws -> Int {
        let configured = try probe().command("CONFIG", "GET", "cluster-port").fields["cluster-port"].flatMap { Int($0) }
        guard let configured else { throw RedisProbeError.unreadable("CONFIG GET cluster-port") }
        return configured
    }

    /// Its name within the cluster.
    func nodeID() throws -> String {
        guard let id = try probe().command("CLUSTER", "MYID").text else {
            throw RedisProbeError.unreadable("CLUSTER MYID")
        }
        return id
    }
}
