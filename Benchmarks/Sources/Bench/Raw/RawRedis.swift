import RoostCore

/// The raw limit on Redis: the steps of an enqueue, a claim and a settle as scripts, frozen, and nothing around them. No
/// worker, no wake-ups, no decoding: what is left is hiredis and the server.
///
/// Its model is the cheapest of those that were tried before the store was written: a lane is a sorted set whose members
/// begin with priority and order, a job is a string that its result overwrites, a claim is one string of members and one
/// of flags. A claim takes the head of the lane, and a settle is fenced by the flag.
final class RawRedis {
    private let connection: RedisConnection
    private let enqueueing: String
    private let claiming: String
    private let settling: String

    /// A claim whose jobs are not settled yet.
    struct Claimed: Equatable {
        var token: [UInt8]
        var count: Int
    }

    init(port: Int) throws {
        connection = try RedisConnection(port: port)
        enqueueing = try connection.run("SCRIPT", "LOAD", Self.enqueue).text
        claiming = try connection.run("SCRIPT", "LOAD", Self.claim).text
        settling = try connection.run("SCRIPT", "LOAD", Self.settle).text
    }

    private static let keys = ["lane", "lease", "seq", "j:"].map { "{raw}:\($0)" }

    private func send(_ script: String, _ arguments: [RedisArgument]) throws {
        try connection.send(
            [.text("EVALSHA"), .text(script), .number(Self.keys.count)] + Self.keys.map { .text($0) } + arguments
        )
    }

    /// Puts jobs in, with these bodies.
    func enqueue(_ bodies: [[UInt8]]) throws {
        var ids: [UInt8] = []
        for _ in bodies { ids += JobID().bytes }
        try send(enqueueing, [.data(ids)] + bodies.map { .data($0) })
        _ = try connection.reply()
    }

    /// Takes at most `limit` jobs, bodies and all; nil where there are none.
    func claim(_ limit: Int) throws -> Claimed? {
        try claimed(sendClaim(limit))
    }

    /// - Returns: the token that it will have.
    private func sendClaim(_ limit: Int) throws -> [UInt8] {
        let token = JobID().bytes
        try send(claiming, [.number(limit), .data(token), .number(30_000)])
        return token
    }

    private func claimed(_ token: [UInt8]) throws -> Claimed? {
        guard let bodies = try connection.reply()[1], bodies.count > 0 else { return nil }
        return Claimed(token: token, count: bodies.count)
    }

    /// Ends all jobs of a claim with success.
    func settle(_ claimed: Claimed) throws {
        try sendSettle(claimed)
        try settled(claimed)
    }

    private func sendSettle(_ claimed: Claimed) throws {
        try send(settling, [.data(claimed.token), .number(86_400)])
    }

    private func settled(_ claimed: Claimed) throws {
        let applied = try connection.reply().integer
        guard applied == claimed.count else { throw Failure("\(applied) of \(claimed.count) jobs were settled") }
    }

    /// Both in one round trip.
    func settleAndClaim(_ claimed: Claimed, _ limit: Int) throws -> Claimed? {
        try sendSettle(claimed)
        let token = try sendClaim(limit)
        try settled(claimed)
        return try self.claimed(token)
    }

    func ping() throws {
        try connection.run("PING")
    }

    /// How many jobs wait or are claimed.
    func left() throws -> Int {
        try connection.run("ZCARD", Self.keys[0]).integer + connection.run("ZCARD", Self.keys[1]).integer
    }

    // MARK: Scripts

    /// Members: priority 0 with its sign turned, the place in line, the id.
    private static let enqueue = """
        local count = #ARGV - 1
        local last = redis.call('INCRBY', KEYS[3], count)
        local line = {}
        for i = 1, count do
            local id = string.sub(ARGV[1], i * 16 - 15, i * 16)
            line[i * 2 - 1] = 0
            line[i * 2] = '\\128\\0\\0\\0' .. struct.pack('>I8', last - count + i) .. id
            redis.call('SET', KEYS[4] .. id, ARGV[i + 1])
        end
        for from = 1, #line, 4000 do
            redis.call('ZADD', KEYS[1], unpack(line, from, math.min(from + 3999, #line)))
        end
        return count
        """

    private static let claim = """
        local line = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
        if #line == 0 then return {line, line} end
        redis.call('ZREMRANGEBYRANK', KEYS[1], 0, #line - 1)
        local keys = {}
        for i = 1, #line do keys[i] = KEYS[4] .. string.sub(line[i], 13) end
        local now = redis.call('TIME')
        redis.call('SET', '{raw}:c:' .. ARGV[2], table.concat(line))
        redis.call('SET', '{raw}:l:' .. ARGV[2], string.rep('\\1', #line))
        redis.call('ZADD', KEYS[2], now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[3], ARGV[2])
        return {table.concat(line), redis.call('MGET', unpack(keys))}
        """

    private static let settle = """
        local claim, flags = '{raw}:c:' .. ARGV[1], '{raw}:l:' .. ARGV[1]
        local line, open = redis.call('GET', claim), redis.call('GET', flags)
        if not open then return 0 end
        local applied = 0
        for i = 1, #open do
            if string.byte(open, i) == 1 then
                redis.call('SET', KEYS[4] .. string.sub(line, i * 28 - 15, i * 28), '\\1', 'EX', ARGV[2])
                applied = applied + 1
            end
        end
        redis.call('DEL', claim, flags)
        redis.call('ZREM', KEYS[2], ARGV[1])
        return applied
        """
}
