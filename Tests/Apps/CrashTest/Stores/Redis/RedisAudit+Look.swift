extension RedisAudit {
    /// Reads all that lies in a namespace, whose prefix is ARGV[1], into the table `S`. The layout of rows is that which
    /// `Sources/RoostRedis/Scripts/row.lua` tells, written down here once more.
    static let look = #"""
        local call, unpackn, pack, sub, byte = redis.call, struct.unpack, struct.pack, string.sub, string.byte
        local band = bit.band
        local P = ARGV[1]
        local SCHEDULED, READY, WAITING, SUCCEEDED, FAILED = 0, 1, 4, 5, 6
        local S

        local function show(id)
          local text = id:gsub('.', function(c) return string.format('%02x', byte(c)) end)
          return sub(text, 1, 8) .. '-' .. sub(text, 9, 12) .. '-' .. sub(text, 13, 16) .. '-' .. sub(text, 17, 20) .. '-'
            .. sub(text, 21)
        end

        local function kept(r)
          if r.state == FAILED then return math.max(r.retention, 30 * 86400 * 1000000) end
          return r.retention
        end

        local function decode(id, s)
          local r, has, flags, at = {raw = s}
          local priority, rank = '', '\128'
          r.state, flags, has, r.lane, priority, r.pos, r.enqueued, r.maxCrashes, r.retention, at =
            unpackn('>BBI2I4c4I6I8I2I8', s)
          r.hasChildren, r.isPoison, r.isCancelAsked = band(flags, 1) ~= 0, band(flags, 4) ~= 0, band(flags, 8) ~= 0
          local function next(bit, length)
            if band(has, bit) == 0 then return nil end
            at = at + length
            if at > #s + 1 then error('cut off') end
            return sub(s, at - length, at - 1)
          end
          local function text(bit, format, width)
            if band(has, bit) == 0 then return nil end
            local length = unpackn(format, s, at)
            at = at + width + length
            if at > #s + 1 then error('cut off') end
          end
          local number = next(1, 8)
          if number then rank = (byte(number) >= 128 and '\120' or '\136') .. number end
          r.expires = next(2, 8)
          r.graph = next(4, 16)
          if band(has, 8) ~= 0 then
            local states, period = unpackn('>I2i8', s, at)
            local length = unpackn('>I4', s, at + 10)
            r.key = sub(s, at + 14, at + 13 + length)
            r.isUniqueWhileUnfinished = period < 0 and band(states, 31) == 31
            at = at + 14 + length
          end
          next(16, 9)
          local time = next(32, 8)
          r.at = time and unpackn('>i8', time)
          r.attempt, r.failures, r.crashes, r.claims, r.open = 0, 0, 0, 0, 0
          local counters = next(64, 28)
          if counters then r.attempt, r.failures, r.crashes, r.claims, r.open = unpackn('>I4I4I4I4I4', counters) end
          text(128, '>I4', 4)
          text(256, '>I4', 4)
          next(512, 5)
          text(1024, '>I2', 2)
          text(2048, '>I4', 4)
          text(4096, '>I4', 4)
          next(8192, 8)
          if band(has, 16384) ~= 0 then r.finished = unpackn('>I8', s, #s - 7) end
          r.member = priority .. rank .. pack('>I6', r.pos) .. id
          r.runsSolo = not r.isPoison and r.crashes >= math.min(2, r.maxCrashes)
          return r
        end

        local function add(lists, key, value)
          lists[key] = lists[key] or {}
          table.insert(lists[key], value)
        end

        local function fields(key)
          local values, found = call('HGETALL', P .. key), {}
          for i = 1, #values, 2 do found[values[i]] = values[i + 1] end
          return found
        end

        local function scores(key)
          local values, found = call('ZRANGE', P .. key, 0, -1, 'WITHSCORES'), {}
          for i = 1, #values, 2 do found[values[i]] = tonumber(values[i + 1]) end
          return found
        end

        local function set(values)
          local found = {}
          for _, value in ipairs(values) do found[value] = true end
          return found
        end

        local read = {}
        function read.j(id, key)
          local isReadable, r = pcall(decode, id, call('GET', key))
          if isReadable then S.jobs[id] = r else table.insert(S.unreadable, id) end
        end
        function read.c(token, key)
          local s = call('GET', key)
          local n = math.floor((#s - 8) / 17)
          local lease = {worker = tonumber((unpackn('>I8', s))), open = 0, isWhole = (#s - 8) % 17 == 0}
          for i = 1, n do
            if byte(s, 8 + i) ~= 0 then
              lease.open = lease.open + 1
              add(S.held, sub(s, 9 + n + (i - 1) * 16, 8 + n + i * 16), token)
            end
          end
          S.leases[token] = lease
        end
        local function readLane(lane, key, isSolo)
          for _, member in ipairs(call('ZRANGE', key, 0, -1)) do
            local place = {id = sub(member, -16), lane = lane, member = member, isSolo = isSolo}
            table.insert(S.places, place)
            add(S.standing, place.id, place)
          end
        end
        function read.l(lane, key) readLane(lane, key, false) end
        function read.s(lane, key) readLane(lane, key, true) end
        function read.e(parent, key)
          S.kept.e[parent] = true
          for _, edge in ipairs(call('ZRANGEBYSCORE', key, 0, 0)) do add(S.parents, sub(edge, 1, 16), parent) end
        end
        function read.g(graph, key) S.graphs[graph] = set(call('ZRANGE', key, 0, -1)) end
        function read.u(name, key)
          local s = call('GET', key)
          S.keys[name] = {id = sub(s, 1, 16), isLate = byte(s, 35) ~= 255}
        end
        function read.i(bucket, key)
          local s = call('GET', key)
          S.index[bucket] = {text = s, dead = unpackn('>I4', s)}
        end
        function read.f(retention, key)
          S.lines[retention] = true
          for _, entry in ipairs(call('LRANGE', key, 0, -1)) do
            local prefix = string.format('%s %.0f ', retention, (unpackn('>I8', entry)))
            for i = 9, #entry, 16 do
              local name = prefix .. sub(entry, i, i + 15)
              S.ended[name] = (S.ended[name] or 0) + 1
            end
          end
        end
        read['a'] = function(id) S.kept.a[id] = true end
        read['in'] = function(id) S.kept['in'][id] = true end
        read['fr'] = function(id) S.kept.fr[id] = true end

        local function look()
          S = {
            jobs = {}, unreadable = {}, places = {}, standing = {}, leases = {}, held = {}, parents = {}, graphs = {},
            keys = {}, index = {}, lines = {}, ended = {}, kept = {a = {}, e = {}, fr = {}, ['in'] = {}},
            ends = scores('leases'), due = scores('due'), doom = scores('doom'), buckets = scores('ids'),
            lineTimes = scores('fx'), meta = fields('meta'), solo = set(call('SMEMBERS', P .. 'solo')),
            workers = {}, counts = {}, cancels = {}, leftEdges = {}, free = {},
          }
          for worker in pairs(fields('workers')) do S.workers[tonumber(worker)] = true end
          for field, number in pairs(fields('n')) do S.counts[field] = tonumber(number) end
          for id, value in pairs(fields('cancels')) do S.cancels[id] = (unpackn('>I8', value)) end
          for _, entry in ipairs(call('LRANGE', P .. 'te', 0, -1)) do S.leftEdges[sub(entry, 1, 16)] = true end
          for _, entry in ipairs(call('LRANGE', P .. 'free', 0, -1)) do S.free[sub(entry, 1, 16)] = true end
          for _, key in ipairs(call('KEYS', P .. '*')) do
            local colon = string.find(key, ':', #P + 1, true)
            local reader = colon and read[sub(key, #P + 1, colon - 1)]
            if reader then reader(sub(key, colon + 1), key) end
          end
        end
        look()
        """#
}
