import RoostCore

/// The raw limit on Redis: the commands of Roost's own scripts for an enqueue, a claim and a settle, frozen, and nothing around
/// them. No worker, no wake-ups that anybody hears, no decoding, and of what the scripts decide only what these commands
/// need: what is left is hiredis and the server.
final class RawRedis {
    private let connection: RedisConnection
    private let enqueueing: String
    private let claiming: String
    private let settling: String

    /// A claim whose jobs are not settled yet.
    struct Claimed: Equatable {
        var token: Int
        /// As they were stored.
        var rows: [[UInt8]]
        var count: Int { rows.count }
    }

    init(port: Int) throws {
        connection = try RedisConnection(port: port)
        enqueueing = try connection.run("SCRIPT", "LOAD", RawRedisScripts.enqueue).text
        claiming = try connection.run("SCRIPT", "LOAD", RawRedisScripts.claim).text
        settling = try connection.run("SCRIPT", "LOAD", RawRedisScripts.settle).text
    }

    private func send(_ script: String, _ arguments: [RedisArgument]) throws {
        try connection.send([.text("EVALSHA"), .text(script), .number(1), .text("{raw}:meta")] + arguments)
    }

    /// Puts jobs in, whose payload is an empty object.
    func enqueue(_ count: Int) throws {
        var arguments: [RedisArgument] = []
        for _ in 0..<count {
            let id = JobID().bytes
            // State, flags, parts, lane and priority; maxCrashes, retention and payload.
            arguments.append(.data(id + [1, 0, 0, 0, 0, 0, 0, 1, 127, 255, 255, 255]))
            arguments.append(.data([0, 3, 0, 0, 0, 20, 29, 215, 96, 0] + Array("{}".utf8)))
        }
        try send(enqueueing, arguments)
        guard try connection.reply().integer == count else { throw Failure("not all jobs were stored") }
    }

    /// Takes at most `limit` jobs, rows and all; nil where there are none.
    func claim(_ limit: Int) throws -> Claimed? {
        try sendClaim(limit)
        return try claimed()
    }

    private func sendClaim(_ limit: Int) throws {
        try send(claiming, [.number(limit), .data([0, 0, 0, 0, 0, 0, 0, 1]), .number(30_000_000)])
    }

    private func claimed() throws -> Claimed? {
        let reply = try connection.reply()
        guard let token = reply[0]?.integer, let rows = reply[2], rows.count > 0 else { return nil }
        return Claimed(token: token, rows: (0..<rows.count).map { rows[$0]?.bytes ?? [] })
    }

    /// Ends all jobs of a claim with success.
    func settle(_ claimed: Claimed) throws {
        try sendSettle(claimed)
        try settled(claimed)
    }

    /// With the rows that are kept, but for the time: the fixed part, the counters and when the job began.
    private func sendSettle(_ claimed: Claimed) throws {
        let rest = [UInt8](repeating: 0, count: 28) + [0, 6, 76, 241, 14, 118, 4, 0]
        try send(settling, [.number(claimed.token)] + claimed.rows.map { .data(Array($0.prefix(36)) + rest) })
    }

    private func settled(_ claimed: Claimed) throws {
        let applied = try connection.reply().integer
        guard applied == claimed.count else { throw Failure("\(applied) of \(claimed.count) jobs were settled") }
    }

    /// Both in one round trip.
    func settleAndClaim(_ claimed: Claimed, _ limit: Int) throws -> Claimed? {
        try sendSettle(claimed)
        try sendClaim(limit)
        try settled(claimed)
        return try self.claimed()
    }

    func ping() throws {
        try connection.run("PING")
    }

    /// How many jobs wait, and how many claims are open.
    func left() throws -> Int {
        try connection.run("ZCARD", "{raw}:l:1").integer + connection.run("ZCARD", "{raw}:leases").integer
    }
}
