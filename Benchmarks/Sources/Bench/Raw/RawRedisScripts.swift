/// The scripts of the raw limit: the commands that Roost's run for jobs of one lane that nothing waits for, in their order, as of
/// its first model, with data of the same lengths.
enum RawRedisScripts {
    /// Answers how many jobs were stored. ARGV: of each its id and the first 12 bytes of its row; the rest of its row.
    static let enqueue =
        head + """
            local n, pos = #ARGV / 2, tonumber(meta[2] or 0)
            local keys, sets, members, ids = {}, {}, {}, {}
            for i = 1, n do keys[i] = P .. 'j:' .. sub(ARGV[2 * i - 1], 1, 16) end
            if call('EXISTS', unpack(keys)) > 0 then return 0 end
            for i = 1, n do
                local first = ARGV[2 * i - 1]
                local place = pack('>I6', pos + i)
                ids[i] = sub(first, 1, 16)
                sets[2 * i - 1] = keys[i]
                sets[2 * i] = sub(first, 17) .. place .. now8 .. ARGV[2 * i]
                members[2 * i - 1] = 0
                members[2 * i] = sub(first, 25, 28) .. '\\128' .. place .. ids[i]
            end
            call('MSET', unpack(sets))
            call('ZADD', P .. 'l:1', unpack(members))
            call('HINCRBY', P .. 'n', '1:1', n)
            call('APPEND', P .. 'i:' .. sub(ids[1], 1, 5), table.concat(ids))
            call('HSET', KEYS[1], 'pos', pos + n)
            call('SPUBLISH', P .. 'wake:ready', '')
            return n
            """

    /// Answers the token, the ids and the rows. ARGV: how many at most, the worker, the lease in µs.
    static let claim =
        head + """
            call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')
            call('EXISTS', P .. 'paused', P .. 'solo')
            local members = call('ZRANGE', P .. 'l:1', 0, ARGV[1] - 1)
            local n = #members
            if n == 0 then return {0, '', members} end
            call('ZREMRANGEBYRANK', P .. 'l:1', 0, n - 1)
            local ids, keys = {}, {}
            for i = 1, n do
                ids[i] = sub(members[i], -16)
                keys[i] = P .. 'j:' .. ids[i]
            end
            local rows = call('MGET', unpack(keys))
            call('EXISTS', P .. 'revj', P .. 'revk')
            local token, all = math.max(tonumber(meta[3] or 0) + 1, now), table.concat(ids)
            local name = string.format('%.0f', token)
            call('SET', P .. 'c:' .. name, ARGV[2] .. string.rep('\\1', n) .. all)
            call('ZADD', P .. 'leases', now + ARGV[3], name)
            call('HSET', KEYS[1], 'token', name)
            call('HINCRBY', P .. 'n', '1:1', -n)
            call('HINCRBY', P .. 'n', '1:3', n)
            call('EXISTS', P .. 'te', P .. 'tg')
            return {token, all, rows}
            """

    /// Answers how many jobs were settled. ARGV: the token; the row to keep of each job, but for its last 8 bytes.
    static let settle =
        head + """
            local lease = call('GET', P .. 'c:' .. ARGV[1])
            if not lease then return 0 end
            local n = (#lease - 8) / 17
            local sets, m = {}, 0
            for i = 1, n do
                if byte(lease, 8 + i) == 1 then
                    m = m + 1
                    sets[2 * m - 1] = P .. 'j:' .. sub(lease, n + i * 16 - 7, n + i * 16 + 8)
                    sets[2 * m] = ARGV[i + 1] .. now8
                end
            end
            call('MSET', unpack(sets))
            call('RPUSH', P .. 'f:86400000000', now8 .. sub(lease, 9 + n))
            call('DEL', P .. 'c:' .. ARGV[1])
            call('ZREM', P .. 'leases', ARGV[1])
            call('HINCRBY', P .. 'n', '1:3', -m)
            call('HINCRBY', P .. 'n', '1:5', m)
            call('SPUBLISH', P .. 'wake:settled', '')
            return m
            """

    private static let head = """
        local call, sub, byte, pack = redis.call, string.sub, string.byte, struct.pack
        local P = sub(KEYS[1], 1, -5)
        local time = call('TIME')
        local now = time[1] * 1000000 + time[2]
        local now8 = pack('>I8', now)
        local meta = call('HMGET', KEYS[1], 'epoch', 'pos', 'token', 'lanes')

        """
}
