import ProcessSupport
import Synchronization

/// A master with its replicas and three sentinels that watch it, which make a replica the master two to three seconds after the
/// old one fell silent.
///
/// ```swift
/// let trio = try await RedisTrio.start()
/// let worker = … trio.sentinelURL() …
/// trio.killMaster()
/// let master = try await trio.waitForNewMaster()
/// ```
package final class RedisTrio: Sendable {
    /// What the sentinels call the master.
    package static let name = "roost"

    /// The first master, then its replicas.
    package let servers: [RedisServer]
    package let sentinels: [RedisServer]
    private let lastMaster: Mutex<RedisServer>

    /// Starts all, and waits until the replicas have caught up and the sentinels know them and each other.
    ///
    /// - Parameters:
    ///   - options: of the servers; their ports are free ones.
    ///   - replicas: how many.
    ///   - silence: how long the master may be silent until a sentinel takes it for dead.
    package static func start(
        _ options: RedisServer.Options = .init(),
        replicas: Int = 1,
        silence: Duration = .seconds(1)
    ) async throws -> RedisTrio {
        let master = try await RedisServer.start(options.withFreePort)
        var following = options.withFreePort
        following.replicaOf = master
        var servers = [master]
        for _ in 0..<replicas { servers.append(try await RedisServer.start(following)) }

        let watching = RedisServer.Options.sentinel(of: master, named: name, quorum: 2, silence: silence)
        var sentinels: [RedisServer] = []
        for _ in 0..<3 {
            let sentinel = try await RedisServer.start(watching)
            sentinels.append(sentinel)
            // They tell each other every two seconds that they are there, and look for replicas every ten. Nothing else
            // is hastened: what counts in a failover is as it is by default.
            try sentinel.probe().command("SENTINEL", "DEBUG", "INFO-PERIOD", "200", "PUBLISH-PERIOD", "200")
        }
        let trio = RedisTrio(servers: servers, sentinels: sentinels)
        try await waitUntil("the sentinels know the replicas and each other") {
            try sentinels.allSatisfy { sentinel in
                let known = try sentinel.probe().command("SENTINEL", "MASTER", name).fields
                return known["num-slaves"] == "\(replicas)" && known["num-other-sentinels"] == "2"
                    && known["flags"] == "master"
            }
        }
        return trio
    }

    private init(servers: [RedisServer], sentinels: [RedisServer]) {
        self.servers = servers
        self.sentinels = sentinels
        lastMaster = Mutex(servers[0])
    }

    /// The server that was the master when it was last looked at: at the start, or by ``waitForNewMaster()``.
    package var master: RedisServer { lastMaster.withLock { $0 } }

    /// `redis+sentinel://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3/roost`, with the name and password of the servers.
    package func sentinelURL() -> String {
        let hosts = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return "redis+sentinel://\(servers[0].credentials)\(hosts)/\(Self.name)"
    }

    /// Ends the master as the kernel would. Started again, by its `restart()`, it follows the new one.
    package func killMaster() {
        master.kill()
    }

    /// Waits until most sentinels name another master than ``master`` and it takes writes; it is ``master`` from then on.
    @discardableResult
    package func waitForNewMaster(within limit: Duration = .seconds(30)) async throws -> RedisServer {
        let old = master
        var found: RedisServer?
        try await waitUntil("the sentinels agree on a new master", within: limit) {
            found = newMaster(after: old)
            return found != nil
        }
        guard let found else { throw NotInTime(description: "there is no new master") }
        lastMaster.withLock { $0 = found }
        return found
    }

    private func newMaster(after old: RedisServer) -> RedisServer? {
        var votes: [Int: Int] = [:]
        // One that does not answer, as a test killed it, has no vote.
        for sentinel in sentinels {
            let answer = try? sentinel.probe(limit: .seconds(1))
                .command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name)
            if let port = answer?.texts.last.flatMap({ Int($0) }) { votes[port, default: 0] += 1 }
        }
        guard let port = votes.first(where: { $0.value >= 2 })?.key, port != old.port else { return nil }
        guard let server = servers.first(where: { $0.port == port }) else { return nil }
        let role = try? server.probe(limit: .seconds(1)).command("ROLE").array?.first?.text
        return role == "master" ? server : nil
    }
}

extension RedisServer.Options {
    fileprivate var withFreePort: Self {
        var options = self
        options.port = nil
        return options
    }
}
