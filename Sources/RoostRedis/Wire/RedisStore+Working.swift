public import RoostCore
import RoostRedisClient

extension RedisStore {
    @concurrent public func register(_ worker: WorkerRegistration) async throws(StoreError) -> WorkerID {
        let text = try StoredJSON.encode(StoredWorker(worker))
        let reply = try await namespace.run(Scripts.register, resend: .safe) { $0.append(text) }
        guard let number = reply.integer else { throw namespace.broken("a registration", reply) }
        return WorkerID(number)
    }

    @concurrent public func retire(_ worker: WorkerID) async throws(StoreError) -> [JobChange] {
        let reply = try await namespace.run(Scripts.retire, resend: .safe) { $0.append(worker.number) }
        claimCalls.forget(worker)
        return try await changes(reply.bytes)
    }

    @concurrent public func extend(
        _ tokens: [LeaseToken],
        of worker: WorkerID,
        by lease: Duration
    ) async throws(StoreError) -> LeaseExtension {
        let reply = try await namespace.run(Scripts.extend, resend: .safe) { arguments in
            arguments.append(worker.number)
            arguments.append(max(0, min(lease.wholeMicroseconds, NewRow.forever)))
            for token in tokens { arguments.append(token.number) }
        }
        guard let parts = reply.array, parts.count == 2, let lost = parts[0].array, let cancelled = parts[1].array
        else {
            throw namespace.broken("an extension", reply)
        }
        return LeaseExtension(
            lost: lost.compactMap { $0.text.flatMap { Int64($0) }.map(LeaseToken.init) },
            cancelled: cancelled.compactMap { $0.bytes.flatMap { JobID(bytes: $0) } }.sorted()
        )
    }

    @concurrent public func reclaim() async throws(StoreError) -> Advance {
        try await step(Scripts.reclaim)
    }

    @concurrent public func advance() async throws(StoreError) -> Advance {
        try await step(Scripts.advance)
    }

    private func step(_ script: RedisScript) async throws(StoreError) -> Advance {
        let reply = try await namespace.run(script, resend: .safe)
        guard let parts = reply.array, parts.count == 2, let hasMore = parts[1].integer else {
            throw namespace.broken("a step", reply)
        }
        return Advance(changes: try await changes(parts[0].bytes), hasMore: hasMore == 1)
    }

    /// How often one call goes on where inputs of ended jobs are left to look at and little is deleted: who keeps house
    /// would not call again soon. A step looks at about 1,000.
    private static let pruneSteps = 100

    @concurrent public func prune() async throws(StoreError) -> Int {
        var deleted = 0
        for _ in 0..<Self.pruneSteps {
            let limit = StoreLimits.jobsAStep - deleted
            let reply = try await namespace.run(Scripts.prune, resend: .safe) { $0.append(limit) }
            guard let parts = reply.array, parts.count == 2, let count = parts[0].integer,
                let hasMore = parts[1].integer
            else { throw namespace.broken("a pruning", reply) }
            deleted += Int(count)
            if hasMore == 0 || deleted >= StoreLimits.jobsAStep { break }
        }
        return deleted
    }
}

/// What a worker tells of itself, as stored.
struct StoredWorker: Codable {
    let name: String
    let host: String
    let process: Int32
    let version: String
    let kinds: [String]
    let queues: [String]
    let slots: Int

    init(_ worker: WorkerRegistration) {
        name = worker.name
        host = worker.host
        process = worker.process
        version = worker.version
        kinds = worker.kinds
        queues = worker.queues
        slots = worker.slots
    }

    var registration: WorkerRegistration {
        WorkerRegistration(
            name: name,
            host: host,
            process: process,
            version: version,
            kinds: kinds,
            queues: queues,
            slots: slots
        )
    }
}
