import ProcessSupport

extension RedisCluster {
    /// What has just happened in the move of a slot.
    package enum MoveStep: Equatable, Sendable {
        /// The new owner takes what it is sent, but asks of others' clients that they say `ASKING`.
        case importing
        /// The old owner sends clients on that ask for a key it no longer has.
        case migrating
        /// A batch of keys has moved: how many, and how many are left.
        case keysMoved(Int, left: Int)
        /// The new owner says that the slot is its own; the old one does not know yet.
        case claimedByNewOwner
        /// All nodes know.
        case done
    }

    /// Moves the slot of `key` as `redis-cli --cluster reshard` does, step by step; `step` is called after each, and the next
    /// is taken once it returns.
    ///
    /// - Parameters:
    ///   - batch: how many keys move at once.
    ///   - timeout: how long the nodes may take for a batch; it blocks both of them.
    /// - Throws: what `step` throws: the move then stays where it is, and another call goes on with it.
    package func moveSlot(
        of key: String,
        to target: RedisServer,
        batch: Int = 10,
        timeout: Duration = .seconds(10),
        _ step: (MoveStep) async throws -> Void = { _ in }
    ) async throws {
        let slot = try slot(ofKey: key)
        let source = try owner(ofSlot: slot)
        guard source !== target else { return }
        let from = try source.probe(limit: .seconds(60))
        let to = try target.probe(limit: .seconds(60))
        let (sourceID, targetID) = (try source.nodeID(), try target.nodeID())

        try to.command("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", sourceID)
        try await step(.importing)
        try from.command("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", targetID)
        try await step(.migrating)
        while true {
            let keys =
                try from.command("CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(batch)")
                .array?.compactMap(\.content) ?? []
            if keys.isEmpty { break }
            let milliseconds = "\(Int(timeout / .milliseconds(1)))"
            var words = ["MIGRATE", "127.0.0.1", "\(target.port)", "", "0", milliseconds]
            if let user = target.options.user {
                words += ["AUTH2", user.name, user.password]
            } else if let password = target.options.password {
                words += ["AUTH", password]
            }
            let answer = try from.command(bytes: (words + ["KEYS"]).map { Array($0.utf8) } + keys)
            guard answer == .text("OK") else { throw RedisProbeError.unreadable("MIGRATE answered \(answer)") }
            let left = try from.command("CLUSTER", "COUNTKEYSINSLOT", "\(slot)").integer ?? 0
            try await step(.keysMoved(keys.count, left: left))
        }
        // The new owner first: with neither a node that has the slot nor one that takes it, clients would go in circles.
        try to.command("CLUSTER", "SETSLOT", "\(slot)", "NODE", targetID)
        try await step(.claimedByNewOwner)
        for node in [source] + nodes.filter({ $0 !== source && $0 !== target }) {
            try node.probe().command("CLUSTER", "SETSLOT", "\(slot)", "NODE", targetID)
        }
        try await waitUntil("all nodes know the new owner") {
            try nodes.allSatisfy { try $0.owner(of: slot) == targetID }
        }
        try await step(.done)
    }
}

extension RedisServer {
    /// The name of the node that has the slot, by the word of this one.
    fileprivate func owner(of slot: Int) throws -> String? {
        let ranges = try probe().command("CLUSTER", "SLOTS").array ?? []
        for range in ranges.compactMap(\.array) where range.count > 2 {
            guard let first = range[0].integer, let last = range[1].integer, (first...last).contains(slot) else {
                continue
            }
            return range[2].array?.dropFirst(2).first?.text
        }
        return nil
    }
}
