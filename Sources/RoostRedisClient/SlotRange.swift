/// Slots that one master serves.
struct SlotRange: Equatable {
    let slots: ClosedRange<Int>
    let master: RedisAddress
    let nodes: [RedisAddress]

    /// Reads the reply to `CLUSTER SLOTS`: of each range first slot, last slot, master and its replicas.
    static func all(in reply: RedisValue, by node: RedisAddress) -> [SlotRange] {
        (reply.array ?? []).compactMap { entry in
            guard let parts = entry.array, parts.count >= 3, let first = parts[0].integer,
                let last = parts[1].integer, (0...last).contains(first), last < 16_384
            else { return nil }
            let nodes = parts.dropFirst(2).compactMap { part -> RedisAddress? in
                guard let words = part.array, words.count >= 2, let port = words[1].integer else { return nil }
                // Where its host is not known, it is that of the node that was asked.
                return RedisAddress(host: words[0].text ?? "", port: Int(port), by: node)
            }
            guard let master = nodes.first else { return nil }
            return SlotRange(slots: Int(first)...Int(last), master: master, nodes: nodes)
        }
    }
}
