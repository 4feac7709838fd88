import RoostCore
import RoostRedisClient

extension RedisStore {
    /// The number of the lane, which exists from now on.
    ///
    /// - Throws: `Namespace.changed`, too: a new lane begins an epoch.
    func laneNumber(_ lane: LaneName, in epoch: [UInt8]) async throws(StoreError) -> UInt32 {
        if let number = try lanes.number(of: lane, in: epoch) { return number }
        try await nameLanes([lane])
        guard let number = try lanes.number(of: lane, in: epoch) else {
            throw StoreError(.broken, "\(name) gave the lane of '\(lane.kind)' in '\(lane.queue)' no number")
        }
        return number
    }

    /// Learns the numbers of all lanes, and gives one to each of `new` that has none.
    @discardableResult
    func nameLanes(_ new: [LaneName] = []) async throws(StoreError) -> [LaneName: UInt32] {
        var names: [[UInt8]] = []
        for lane in new { names.append(try lane.bytes) }
        let reply = try await namespace.run(Scripts.nameLanes, resend: .safe) { [names] arguments in
            arguments.append(Namespace.newEpoch())
            for name in names { arguments.append(name) }
        }
        guard let parts = reply.array, parts.count == 2, let epoch = parts[0].bytes, let fields = parts[1].array,
            fields.count.isMultiple(of: 2)
        else {
            throw namespace.broken("the lanes", reply)
        }
        var known: [LaneName: UInt32] = [:]
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let name = fields[index].bytes, let number = fields[index + 1].text.flatMap({ UInt32($0) }) else {
                throw namespace.broken("the lanes", reply)
            }
            known[try LaneName(name)] = number
        }
        lanes.learn(known, epoch: epoch)
        return known
    }

    /// The name of a lane that a row is in.
    func laneName(_ number: UInt32) async throws(StoreError) -> LaneName {
        guard let name = try await knownLaneName(number) else {
            throw StoreError(.corrupt, "\(name) has a job in lane \(number), which has no name")
        }
        return name
    }

    /// The name of a lane; nil: there is none, and the row that is in it was changed by another hand than Roost's.
    func knownLaneName(_ number: UInt32) async throws(StoreError) -> LaneName? {
        if let name = lanes.name(of: number) { return name }
        // Roost counts from 1; a row that cannot be read stands in 0.
        guard number > 0 else { return nil }
        return try await nameLanes().first { $0.value == number }?.key
    }

    /// Reads the changes that a script tells. One of a job that cannot be read must not keep the others from whoever
    /// waits for them.
    func changes(_ bytes: [UInt8]?) async throws(StoreError) -> [JobChange] {
        guard let bytes, !bytes.isEmpty else { return [] }
        var changes: [JobChange] = []
        var reader = ByteReader(bytes)
        while reader.rest > 0 {
            let id = try reader.id()
            let lane = try await knownLaneName(try reader.number(UInt32.self))
            let from = try JobState(code: try reader.number(UInt8.self))
            let to = try JobState(code: try reader.number(UInt8.self))
            let reason = FailureReason(code: try reader.number(UInt8.self))
            let attempt = try reader.count()
            guard let lane else { continue }
            changes.append(
                JobChange(
                    job: id,
                    kind: lane.kind,
                    queue: lane.queue,
                    from: from,
                    to: to,
                    reason: reason,
                    attempt: attempt
                )
            )
        }
        return changes
    }
}
