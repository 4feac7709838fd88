extension RedisAudit {
    /// Whether the step is one in which plants were put in: they are of jobs of one letter.
    static func isPlanting(_ step: AppendOnlyFile.Step) -> Bool {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 16)
        return step.commands.contains { $0.contains { $0.firstRange(of: letters) != nil } }
    }

    /// What plants are made with: each puts something in that was not there, and remembers how to take it out.
    static let planting = #"""
        local undo = {}
        local function set(key, value)
          call('SET', P .. key, value)
          table.insert(undo, function() call('DEL', P .. key) end)
        end
        local function zadd(key, score, member)
          call('ZADD', P .. key, score, member)
          table.insert(undo, function() call('ZREM', P .. key, member) end)
        end
        local function hset(key, field, value)
          call('HSET', P .. key, field, value)
          table.insert(undo, function() call('HDEL', P .. key, field) end)
        end
        local function push(key, value)
          call('RPUSH', P .. key, value)
          table.insert(undo, function() call('RPOP', P .. key) end)
        end
        local A, B = string.rep('a', 16), string.rep('b', 16)
        -- A row with what `values` gives; else that of a job that was cancelled.
        local function row(id, values)
          local v = setmetatable(values or {}, {__index = {
            state = 7, flags = 0, lane = 1, pos = 0, attempt = 0, claims = 0, crashes = 0, open = 0,
          }})
          local has, parts = 64 + 32768, ''
          if v.expires then has = has + 2; parts = parts .. pack('>I8', v.expires) end
          if v.graph then has = has + 4; parts = parts .. v.graph end
          if v.key then has = has + 8; parts = parts .. pack('>I2i8I4', 31, -1, #v.key) .. v.key end
          if v.at then has = has + 32; parts = parts .. pack('>I8', v.at) end
          parts = parts .. pack('>I4I4I4I4I4I8', v.attempt, 0, v.crashes, v.claims, v.open, 0)
          if v.state >= 5 and not v.isUndated then has = has + 16384; parts = parts .. pack('>I8', 5) end
          local s = pack('>BBI2I4I4I6I8I2I8', v.state, v.flags, has, v.lane, 7, v.pos, 5, 3, 0) .. parts
          set('j:' .. id, s)
          return decode(id, s)
        end
        local function ready(id, values)
          values = values or {}
          values.state = READY
          local r = row(id, values)
          zadd((r.runsSolo and 's:' or 'l:') .. r.lane, 0, r.member)
        end
        local function lease(token, worker, id)
          set('c:' .. token, pack('>I8', worker) .. '\1' .. id)
          zadd('leases', 0, token)
        end

        """#

    /// For each question by its name, what has to be done to a store that is in order so that it answers.
    static let plants: [String: String] = [
        "0 a row cannot be read": "set('j:' .. A, 'nonsense')",
        "0 a job is in a state that does not exist here": "row(A, {state = 3})",
        "0 a ready job is in no place, or in two": "row(A, {state = READY})",
        "0 a lane has a member that is not as its job says": "zadd('l:1', 0, string.rep('m', 11) .. A)",
        "13 two ready jobs stand in one place": "ready(A) ready(B)",
        "13 a lane has jobs that run alone, and nobody looks for them":
            "ready(A, {lane = 999999, crashes = 2, attempt = 2})",
        "1 a lease holds a job that is not there, or does not run": "lease('999999', 0, A)",
        "1 a lease holds no job, or has no end":
            "set('c:999999', string.rep('\\0', 9) .. A) zadd('leases', 0, '999999')",
        "10 a lease is of a worker that is not known": "lease('999999', 999999, A)",
        "2 a lease, a worker or a place has a number that was not given out": "lease('9007199254740991', 0, A)",
        "0 a scheduled job is not in line for its time, or another is": "row(A, {state = SCHEDULED, at = 5})",
        "0 nobody looks whether the time of a ready job is over": "ready(A, {expires = 5})",
        "0 a job's times do not fit its state": "row(A, {isUndated = true})",
        "0 the counts are not those of the jobs": "hset('n', '999999:1', 1)",
        "2 a job's counters cannot be": "row(A, {attempt = 2, claims = 1})",
        "4 a cancel is asked of a job that does not run": "hset('cancels', A, pack('>I8', 7))",
        "9 a waiting job counts its open edges wrong, or has none": "row(A, {state = WAITING, open = 2})",
        "9 a job waits for one that has ended, or will not tell of its end, and nothing is left to be done":
            "row(A, {state = WAITING, open = 1}) row(B) zadd('e:' .. B, 0, A .. '\\0\\0\\0\\0\\0\\0')",
        "6 two unfinished jobs have one unique key": "ready(A, {key = 'k'}) ready(B, {key = 'k'})",
        "6 an unfinished job does not hold its unique key": "ready(A, {key = 'k'})",
        "6 a unique key is of a job that is gone": "set('u:k', A .. pack('>I2i8I8B', 31, -1, 5, 255))",
        "0 something is there of a job that is gone": "push('a:' .. A, '')",
        "0 a graph has not the jobs that are its": "row(A, {graph = B})",
        "0 the index is not that of the jobs": "row(A)",
        "0 a job that has ended is in no line for its deletion, or in two": "row(A)",
        "0 nobody looks at a line for deletion": "push('f:999999', pack('>I8', 5) .. A)",
        "0 something is left to be done": "push('te', A .. '\\5')",
    ]
}
