internal import NIOCore

extension ServerFinder {
    // MARK: A master

    /// Connects, and makes sure that it is a master.
    func master(
        at address: RedisAddress,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws(RedisError) -> ConnectionHandle {
        let handle = try await connector.open(address, .full, on: eventLoop, within: limit)
        do throws(RedisError) {
            let role = try await ask(handle, RedisCommand("ROLE"), within: limit)
            guard role.array?.first?.text == "master" else {
                throw .connectionLost("\(address) is no master now")
            }
            return handle
        } catch {
            handle.close()
            throw error
        }
    }

    private func ask(
        _ handle: ConnectionHandle,
        _ command: RedisCommand,
        within limit: Duration
    ) async throws(RedisError) -> RedisValue {
        let reply = try await handle.request([command], by: .now() + limit.asTimeAmount).first ?? .null
        if let error = reply.serverError { throw error.error }
        return reply
    }

    // MARK: Sentinel

    /// Connects to the master that a Sentinel names.
    func master(
        _ name: String,
        by sentinel: RedisAddress,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws(RedisError) -> ConnectionHandle {
        let handle = try await connector.open(sentinel, .sentinel, on: eventLoop, within: limit)
        defer { handle.close() }
        let command = RedisCommand("SENTINEL", "get-master-addr-by-name", name)
        let reply = try await ask(handle, command, within: limit)
        guard let parts = reply.array, parts.count == 2, let host = parts[0].text, let port = parts[1].text else {
            throw .refused("the Sentinel \(sentinel) knows no master '\(name)'")
        }
        guard let number = Int(port), let master = RedisAddress(host: host, port: number, by: sentinel) else {
            throw .refused("the Sentinel \(sentinel) names \(host):\(port), which is no address")
        }
        trust(sentinel)
        return try await self.master(at: master, on: eventLoop, within: configuration.timeout)
    }

    // MARK: Cluster

    /// Connects to the node that serves the slot, by what another says of it.
    func node(
        by address: RedisAddress,
        on eventLoop: any EventLoop,
        within limit: Duration
    ) async throws(RedisError) -> ConnectionHandle {
        let handle = try await connector.open(address, .full, on: eventLoop, within: limit)
        let ranges: [SlotRange]
        do throws(RedisError) {
            let reply = try await ask(handle, RedisCommand("CLUSTER", "SLOTS"), within: limit)
            ranges = SlotRange.all(in: reply, by: address)
        } catch {
            handle.close()
            throw error
        }
        let slot = HashSlot.of(configuration.hashTag)
        guard let range = ranges.first(where: { $0.slots.contains(slot) }) else {
            handle.close()
            throw .connectionLost("\(address) knows no node for slot \(slot)")
        }
        trust(address, and: ranges.flatMap(\.nodes))
        if range.master == address { return handle }
        handle.close()
        return try await connector.open(range.master, .full, on: eventLoop, within: configuration.timeout)
    }
}
