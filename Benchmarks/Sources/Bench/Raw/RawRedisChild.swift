import Foundation

/// The raw limit's own processes on Redis.
enum RawRedisChild {
    /// Something that claims and settles, on one thread.
    private protocol Drainer: AnyObject {
        /// - Returns: how many jobs it settled, once nothing is left.
        func drain(_ batch: Int) throws -> Int
        func left() throws -> Int
    }

    /// `raw-redis-fill URL COUNT`
    static func fill(_ arguments: Arguments) async throws -> Figures? {
        let raw = try RawRedis(port: try arguments.port())
        let count = try arguments.number(1)
        let start = Clock.now
        for _ in 0..<(count / 1000) { try raw.enqueue(1000) }
        return ["jobs_per_second": Double(count / 1000 * 1000) / (Clock.now - start)]
    }

    /// `raw-redis-drain URL BATCH CONNECTIONS apart|together [SCRIPTS]`: each connection claims and settles until nothing is
    /// left, on a thread of its own; in two calls, or in one. By the store's own script in that folder, or, without, by
    /// short ones.
    static func drain(_ arguments: Arguments) async throws -> Figures? {
        let port = try arguments.port()
        let batch = try arguments.number(1)
        let isTogether = try arguments.text(3) == "together"
        let scripts = arguments.values.dropFirst(4).first.map { URL(filePath: $0) }
        func connect() throws -> any Drainer {
            if let scripts { return Replaying(try RawReplay(port: port, scripts: scripts), isTogether) }
            return Short(try RawRedis(port: port), isTogether)
        }
        let all = try (0..<(try arguments.number(2))).map { _ in try connect() }
        let processor = Clock.processCPU
        let start = Clock.now
        let settled = try await withThrowingTaskGroup(of: Int.self) { group in
            for drainer in all {
                let loop = Loop(drainer: drainer, batch: batch)
                group.addTask { try await loop.run() }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = Clock.now - start
        let used = Clock.processCPU - processor
        let left = try connect().left()
        guard left == 0, settled > 0 else { throw Failure("\(settled) jobs were settled, and \(left) are left") }
        return ["jobs_per_second": Double(settled) / elapsed, "cpu_per_job": used / Double(settled)]
    }

    /// A connection and the thread that has it.
    private struct Loop: @unchecked Sendable {
        // Handed to one thread, and used by no other: `RedisConnection` is for one at a time.
        let drainer: any Drainer
        let batch: Int

        func run() async throws -> Int {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int, any Error>) in
                Thread.detachNewThread { continuation.resume(with: Result { try drainer.drain(batch) }) }
            }
        }
    }

    private final class Replaying: Drainer {
        private let raw: RawReplay
        private let isTogether: Bool

        init(_ raw: RawReplay, _ isTogether: Bool) {
            self.raw = raw
            self.isTogether = isTogether
        }

        func drain(_ batch: Int) throws -> Int {
            var count = 0
            var next = try raw.exchange(settling: nil, claiming: batch)
            while let claimed = next {
                if isTogether {
                    next = try raw.exchange(settling: claimed, claiming: batch)
                } else {
                    _ = try raw.exchange(settling: claimed, claiming: nil)
                    next = try raw.exchange(settling: nil, claiming: batch)
                }
                count += claimed.count
            }
            return count
        }

        func left() throws -> Int { try raw.left() }
    }

    private final class Short: Drainer {
        private let raw: RawRedis
        private let isTogether: Bool

        init(_ raw: RawRedis, _ isTogether: Bool) {
            self.raw = raw
            self.isTogether = isTogether
        }

        func drain(_ batch: Int) throws -> Int {
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

        func left() throws -> Int { try raw.left() }
    }

    /// `raw-redis-enqueue URL COUNT`: a script a job, and a `PING`, as often.
    static func enqueue(_ arguments: Arguments) async throws -> Figures? {
        let raw = try RawRedis(port: try arguments.port())
        let count = try arguments.number(1)
        let start = Clock.now
        for _ in 0..<count { try raw.enqueue(1) }
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
