import Logging
import RedisSupport
import RoostCore
import RoostRedis
import StoreFaults
import Testing

/// A namespace on Redis servers that are disturbed.
final class RedisSubject: FaultSubject {
    let namespace = "faults-\(JobID())"
    private let url: String
    private let directURL: String
    private let replicas: Int
    private let owner: @Sendable (_ key: String) throws -> RedisServer

    /// - Parameters:
    ///   - url: what producers and workers connect to: a proxy, or all of a cluster.
    ///   - directURL: what the judge connects to.
    ///   - owner: the server that has the keys that begin so when all is over.
    init(
        url: String,
        directURL: String,
        replicas: Int = 0,
        owner: @escaping @Sendable (_ key: String) throws -> RedisServer
    ) {
        self.url = url
        self.directURL = directURL
        self.replicas = replicas
        self.owner = owner
    }

    func clientURL(timeout: Double) -> String {
        "\(url)?namespace=\(namespace)&timeout=\(timeout)&replicas=\(replicas)"
    }

    func open(timeout: Double, logger: Logger) async throws -> any JobStore {
        try await RedisStore(clientURL(timeout: timeout), logger: logger)
    }

    func openDirectly(logger: Logger) async throws -> any JobStore {
        try await RedisStore("\(directURL)?namespace=\(namespace)&timeout=10", logger: logger)
    }

    /// What all keys begin with, so that they lie on one node of a cluster.
    var key: String { "{\(namespace)}" }

    /// Ended jobs need no claims, no places and nothing that is still to be done.
    func leftovers() throws -> [String] {
        let prefix = "\(key):"
        let keys = try owner(key).probe().command("KEYS", "\(prefix)*").array?.compactMap(\.text) ?? []
        return keys.filter { key in
            ["c:", "leases", "cancels", "l:", "s:", "due", "doom", "te", "tg"].contains { name in
                let rest = key.dropFirst(prefix.count)
                return name.hasSuffix(":") ? rest.hasPrefix(name) : rest == name
            }
        }
    }
}

extension FaultRun where Subject == RedisSubject {
    /// - Parameter url: what producers and workers connect to; nil: the server.
    convenience init(on server: RedisServer, by url: String? = nil, settings: FaultSettings = .init()) {
        self.init(
            RedisSubject(url: url ?? server.url, directURL: server.url, owner: { _ in server }),
            settings: settings
        )
    }

    /// Disturbs the work by `fault`, and expects that it goes on by itself in time and that nothing is lost, done twice or left.
    func disturbed(
        forgiving forgiven: LossPeriod? = nil,
        _ fault: (FaultRun) async throws -> Void
    ) async throws {
        let report = try await report(forgiving: forgiven, fault)
        print("\(Test.current?.name ?? ""): \(report)")
        #expect(report.problems == [])
    }
}
