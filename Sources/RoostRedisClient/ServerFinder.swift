internal import NIOCore
internal import Synchronization

/// Finds the server that is to be used now, and connects to it.
final class ServerFinder: Sendable {
    let connector: RedisConnector
    private var configuration: RedisConfiguration { connector.configuration }

    init(_ configuration: RedisConfiguration) {
        connector = RedisConnector(configuration: configuration)
    }

    func open(on eventLoop: any EventLoop) async throws(RedisError) -> ConnectionHandle {
        switch configuration.topology {
        case .servers(let addresses):
            if addresses.count == 1, let only = addresses.first {
                return try await connector.open(only, .full, on: eventLoop, within: configuration.timeout)
            }
            return try await first(of: addresses, on: eventLoop)
        case .sentinel, .cluster: throw .refused("not here yet")
        }
    }

    /// The first that is a master.
    private func first(
        of addresses: [RedisAddress],
        on eventLoop: any EventLoop
    ) async throws(RedisError) -> ConnectionHandle {
        var failure = RedisError.refused("the URL names no server")
        // One that does not answer leaves time for the others.
        let limit = max(configuration.timeout / addresses.count, .milliseconds(100))
        for address in addresses {
            do throws(RedisError) {
                let handle = try await connector.open(address, .full, on: eventLoop, within: limit)
                do throws(RedisError) {
                    try await checkMaster(handle, within: limit)
                    return handle
                } catch {
                    handle.close()
                    throw error
                }
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func checkMaster(_ handle: ConnectionHandle, within limit: Duration) async throws(RedisError) {
        let replies = try await handle.request([RedisCommand("ROLE")], by: .now() + limit.asTimeAmount)
        if let error = replies.first?.serverError { throw error.error }
        guard replies.first?.array?.first?.text == "master" else {
            throw .connectionLost("\(handle.address) is no master now")
        }
    }
}

extension ServerFinder {
    /// A node said that the keys are at `place`.
    func moved(to place: String, by node: RedisAddress) {}
}
