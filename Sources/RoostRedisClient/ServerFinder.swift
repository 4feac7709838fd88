internal import NIOCore
internal import Synchronization

/// Finds the server that is to be used now, and connects to it.
///
/// What one connection learns of the place of the keys, the next one uses.
final class ServerFinder: Sendable {
    struct Knowledge {
        /// Where a node said that the keys are.
        var place: RedisAddress?
        /// Sentinels, or nodes of the cluster: that which answered last comes first.
        var helpers: [RedisAddress] = []
    }

    let connector: RedisConnector
    let knowledge = Mutex(Knowledge())

    var configuration: RedisConfiguration { connector.configuration }

    init(_ configuration: RedisConfiguration) {
        connector = RedisConnector(configuration)
    }

    /// Connects to the right server.
    func open(on eventLoop: any EventLoop) async throws(RedisError) -> ConnectionHandle {
        if let place = knowledge.withLock({ $0.place }) {
            do throws(RedisError) {
                return try await connector.open(place, .full, on: eventLoop, within: configuration.timeout)
            } catch {
                // It was there, and is no more.
                forget()
            }
        }
        switch configuration.topology {
        case .servers(let addresses):
            if addresses.count == 1, let only = addresses.first {
                return try await connector.open(only, .full, on: eventLoop, within: configuration.timeout)
            }
            return try await first(of: addresses) { address, limit throws(RedisError) in
                try await self.master(at: address, on: eventLoop, within: limit)
            }
        case .sentinel(let addresses, let master):
            return try await first(of: helpers(addresses)) { address, limit throws(RedisError) in
                try await self.master(master, by: address, on: eventLoop, within: limit)
            }
        case .cluster(let addresses):
            return try await first(of: helpers(addresses)) { address, limit throws(RedisError) in
                try await self.node(by: address, on: eventLoop, within: limit)
            }
        }
    }

    /// Tries addresses until one serves; one that does not answer leaves time for the others.
    private func first(
        of addresses: [RedisAddress],
        _ open: (RedisAddress, Duration) async throws(RedisError) -> ConnectionHandle
    ) async throws(RedisError) -> ConnectionHandle {
        var failure = RedisError.refused("the URL names no server")
        var passing: RedisError?
        let limit = max(configuration.timeout / max(addresses.count, 1), .milliseconds(500))
        for address in addresses {
            do throws(RedisError) {
                return try await open(address, limit)
            } catch {
                failure = error
                if !error.isFinal { passing = error }
            }
        }
        // While one of them may come back, there is hope.
        throw passing ?? failure
    }

    // MARK: What is known

    /// A node said that the keys are at `text`.
    func moved(to text: String, by node: RedisAddress) {
        let place = RedisAddress(said: text, by: node)
        knowledge.withLock { $0.place = place }
    }

    /// The server that was found is the wrong one.
    func forget() {
        knowledge.withLock { $0.place = nil }
    }

    private func helpers(_ named: [RedisAddress]) -> [RedisAddress] {
        let known = knowledge.withLock { $0.helpers }
        return known + named.filter { !known.contains($0) }
    }

    /// `helper` gave a good answer.
    func trust(_ helper: RedisAddress, and others: [RedisAddress] = []) {
        var seen: Set<RedisAddress> = []
        let helpers = ([helper] + others).filter { seen.insert($0).inserted }
        knowledge.withLock { $0.helpers = helpers }
    }
}
