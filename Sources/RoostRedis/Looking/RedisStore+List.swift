public import RoostCore
import RoostRedisClient

extension RedisStore {
    /// How many buckets of the index, and how many jobs, one step of a list reads.
    private static let bucketsAStep = 16
    private static let jobsAStep = 200

    @concurrent public func list(_ query: JobQuery) async throws(StoreError) -> [JobSnapshot] {
        guard query.limit > 0 else { return [] }
        if let graph = query.graph {
            var command = RedisCommand("ZRANGE")
            command.append(namespace.key("g:", graph))
            command.append(0)
            command.append(-1)
            let replies = try await namespace.pipeline([command])
            let ids = (replies.first?.array ?? []).compactMap { $0.bytes.flatMap { JobID(bytes: $0) } }
            var page: [JobSnapshot] = []
            try await add(ids, matching: query, to: &page)
            return page
        }
        var page: [JobSnapshot] = []
        var start: [UInt8] = query.after.map { Array("[".utf8) + $0.bytes.prefix(5) } ?? Array("-".utf8)
        while page.count < query.limit {
            let buckets = try await buckets(from: start)
            guard let last = buckets.last else { break }
            var commands: [RedisCommand] = []
            for bucket in buckets {
                var command = RedisCommand("GET")
                command.append(Array("\(namespace.prefix)i:".utf8) + bucket)
                commands.append(command)
            }
            for reply in try await namespace.pipeline(commands) {
                try await add(Self.ids(in: reply.bytes ?? []), matching: query, to: &page)
                if page.count == query.limit { break }
            }
            start = Array("(".utf8) + last
        }
        return page
    }

    private func buckets(from start: [UInt8]) async throws(StoreError) -> [[UInt8]] {
        var command = RedisCommand("ZRANGEBYLEX", "\(namespace.prefix)ids")
        command.append(start)
        for word in ["+", "LIMIT", "0"] { command.append(word) }
        command.append(Self.bucketsAStep)
        let replies = try await namespace.pipeline([command])
        guard let buckets = replies.first?.array else { throw namespace.broken("a list", replies.first ?? .null) }
        return buckets.compactMap(\.bytes)
    }

    /// The ids of a bucket: it begins with a count of those that are gone.
    private static func ids(in bucket: [UInt8]) -> [JobID] {
        stride(from: 4, through: bucket.count - 16, by: 16).compactMap { JobID(bytes: bucket[$0..<$0 + 16]) }
    }

    /// Adds the jobs that match, by id, until the page is full.
    private func add(
        _ ids: [JobID],
        matching query: JobQuery,
        to page: inout [JobSnapshot]
    ) async throws(StoreError) {
        var wanted: [JobID] = []
        for id in ids.sorted() where query.after.map({ $0 < id }) ?? true && id != wanted.last { wanted.append(id) }
        for start in stride(from: 0, to: wanted.count, by: Self.jobsAStep) {
            let part = Array(wanted[start..<min(start + Self.jobsAStep, wanted.count)])
            for case let snapshot? in try await snapshots(of: part) where Self.matches(snapshot, query) {
                page.append(snapshot)
                if page.count == query.limit { return }
            }
        }
    }

    private static func matches(_ job: JobSnapshot, _ query: JobQuery) -> Bool {
        (query.queue ?? job.queue) == job.queue && (query.kind ?? job.kind) == job.kind
            && (query.states.isEmpty || query.states.contains(job.state))
    }
}
