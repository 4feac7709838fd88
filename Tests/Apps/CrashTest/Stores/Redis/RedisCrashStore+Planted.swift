import RedisSupport
import RoostCore

extension RedisCrashStore {
    private static let orphan = "999999"

    func plant(_ fault: PlantedFault) async throws -> [String] {
        let body =
            switch fault {
            case .orphan:
                """
                call('SET', P .. 'c:\(Self.orphan)', rep('\\0', 8) .. '\\1' .. rep('p', 16))
                call('ZADD', P .. 'leases', 0, '\(Self.orphan)')
                do return {'\(Self.orphan)'} end
                """
            // The place, the count and the index go with it: whoever counts sees nothing.
            case .loss:
                """
                local id, r = some(READY)
                if not id then return {} end
                call('DEL', P .. 'j:' .. id)
                call('ZREM', P .. 'l:' .. r.lane, r.member)
                call('HINCRBY', P .. 'n', r.lane .. ':1', -1)
                local bucket = P .. 'i:' .. sub(id, 1, 5)
                local dead = S.index[sub(id, 1, 5)].dead + 1
                if 4 + 16 * dead == call('STRLEN', bucket) then
                  call('DEL', bucket)
                  call('ZREM', P .. 'ids', sub(id, 1, 5))
                else
                  call('SETRANGE', bucket, 0, pack('>I4', dead))
                end
                return {show(id)}
                """
            case .miscount:
                """
                local id, r = some(READY)
                if not id then return {} end
                local has = unpackn('>I2', r.raw, 3)
                call('SET', P .. 'j:' .. id, sub(r.raw, 1, 2) .. pack('>I2', has + 64) .. sub(r.raw, 5, 36)
                  .. pack('>I4I4I4I4I4I8', 0, 0, 0, 1, 0, 0) .. sub(r.raw, 37))
                return {show(id)}
                """
            case .resurrection:
                """
                local id, r = some(FAILED)
                if not id then return {} end
                local has = unpackn('>I2', r.raw, 3)
                call('SET', P .. 'j:' .. id, '\\1' .. sub(r.raw, 2, 2) .. pack('>I2', has - 16384) .. sub(r.raw, 5, #r.raw - 8))
                call('ZADD', P .. 'l:' .. r.lane, 0, r.member)
                call('HINCRBY', P .. 'n', r.lane .. ':6', -1)
                call('HINCRBY', P .. 'n', r.lane .. ':1', 1)
                return {show(id)}
                """
            }
        // A job of which nothing else knows; one that is ready has a row without the parts that come before its counters.
        let some = """

            local rep = string.rep
            local function some(state)
              local first
              for id, r in pairs(S.jobs) do
                local has = unpackn('>I2', r.raw, 3)
                local isPlain = band(has, state == READY and 127 or 15) == 0 and not r.hasChildren and r.crashes == 0
                local isThere = r.state == state and (state ~= READY or S.standing[id])
                if isPlain and isThere and not S.kept['in'][id] and (not first or id < first) then first = id end
              end
              return first, S.jobs[first]
            end

            """
        return try ask(RedisAudit.look + some + body).texts
    }

    /// Puts each question's plant in, asks it, and takes the plant out again, in one script, so that nobody else sees it.
    func deafQuestions() async throws -> [String] {
        var deaf: [String] = []
        for question in RedisAudit.questions + RedisAudit.lastQuestions {
            guard let plant = RedisAudit.plants[question.name] else {
                deaf.append("\(question.name) (it has no plant)")
                continue
            }
            let script = """
                \(RedisAudit.look)
                local isFound = false
                local function found() isFound = true end
                local function ask()
                  isFound = false
                  \(question.lua)
                  return isFound
                end
                local wasFound = ask()
                \(RedisAudit.planting)
                \(plant)
                look()
                local isHeard = ask()
                for i = #undo, 1, -1 do undo[i]() end
                return {wasFound and 1 or 0, isHeard and 1 or 0}
                """
            if try ask(script).array != [.integer(0), .integer(1)] { deaf.append(question.name) }
        }
        // What was put in is gone again.
        return deaf + (try audit().map { "after all: \($0.query): \($0.row)" })
    }

    func mend(_ fault: PlantedFault) async throws {
        guard fault == .orphan else { return }
        _ = try probe().pipeline([
            ["MULTI"], ["DEL", Self.key("c:\(Self.orphan)")], ["ZREM", Self.key("leases"), Self.orphan], ["EXEC"],
        ])
    }
}
