import Foundation

/// The raw limit's own processes on Redis.
enum RawRedisChild {
    /// A body of the length that one of Roost has: a kind, a time, a payload of an empty object, and so on.
    private static let body = [UInt8](repeating: 0x78, count: 98)

    /// `raw-redis-fill URL COUNT`
    static func fill(_ arguments: Arguments) async throws -> Figures? {
        let raw = try RawRedis(port: try arguments.port())
        let count = try arguments.number(1)
        let start = Clock.now
        for _ in 0..<(count / 1000) { try raw.enqueue(Array(repeating: body, count: 1000)) }
        return ["jobs_per_second": Double(count / 1000 * 1000) / (Clock.now - start)]
    }

    /// `raw-redis-drain URL BATCH CONNECTIONS apart|together`: each claims and settles until nothing is left, on a thread of
    /// its own; it waits for each reply, or sends a settle and the next claim at once.
    static func drain(_ arguments: Arguments) async throws -> Figures? {
        let port = try arguments.port()
        let batch = try arguments.number(1)
        let isTogether = try arguments.text(3) == "together"
        let all = try (0..<(try arguments.number(2))).map { _ in try RawRedis(port: port) }
        let processor = Clock.processCPU
        let start = Clock.now
        let settled = try await withThrowingTaskGroup(of: Int.self) { group in
            for raw in all {
                let loop = Loop(raw: raw, batch: batch, isTogether: isTogether)
                group.addTask { try await loop.run() }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = Clock.now - start
        let used = Clock.processCPU - processor
        let left = try RawRedis(port: port).left()
        guard left == 0 else { throw Failure("\(left) jobs are left") }
        return ["jobs_per_second": Double(settled) / elapsed, "cpu_per_job": used / Double(settled)]
    }

    /// A connection and the thread that has it.
    private struct Loop: @unchecked Sendable {
        // Handed to one thread, and used by no other: `RedisConnection` is for one at a time.
        let raw: RawRedis
        let batch: Int
        let isTogether: Bool

        func run() async throws -> Int {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
                Thread.detachNewThread { continuation.resume(with: Result { try drain() }) }
            }
        }

        private func drain() throws -> Int {
            var count = 0
            var next = try raw.claim(batch)
            while let claimed = next {
                if isTogether {
                    next = try raw.settleAndClaim(claimed, batch)
                } else {
                    try raw.settle(claimed)
                    next = try raw.claim(batch)
                }
                count += claimed.count
            }
            return count
        }
    }

    /// `raw-redis-enqueue URL COUNT`: a script a job, and one that does nothing, as often.
    static func enqueue(_ arguments: Arguments) async throws -> Figures? {
        let raw = try RawRedis(port: try arguments.port())
        let count = try arguments.number(1)
        let start = Clock.now
        for _ in 0..<count { try raw.enqueue([body]) }
        let middle = Clock.now
        for _ in 0..<count { try raw.ping() }
        return [
            "jobs_per_second": Double(count) / (middle - start),
            "pings_per_second": Double(count) / (Clock.now - middle),
        ]
    }
}

extension Arguments {
    /// Of the server that the first argument names: `redis://127.0.0.1:6379`.
    fileprivate func port() throws -> Int {
        guard let port = try text(0).split(separator: ":").last.flatMap({ Int($0) }) else {
            throw Failure("\(try text(0)) is not the URL of a server of the run")
        }
        return port
    }
}
