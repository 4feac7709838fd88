/// Questions about a namespace, asked by one script and so about one moment, that must have no answer, since each is false after
/// every script of the store. They are written in Lua, and share nothing with the store's own.
enum RedisAudit {
    struct Question {
        /// The number is that of the invariant in the design (§5).
        var name: String
        /// Calls `found` with a text for each row that must not be.
        var lua: String

        init(_ name: String, _ lua: String) {
            self.name = name
            self.lua = lua
        }
    }

    /// A script that answers the names of questions and what they found, by turns.
    static func script(_ questions: [Question]) -> String {
        var parts = [look, "local answer = {}"]
        for question in questions {
            parts.append(
                """
                do
                  local left = 5
                  local function found(text)
                    if left > 0 then
                      left = left - 1
                      answer[#answer + 1] = "\(question.name)"
                      answer[#answer + 1] = text
                    end
                  end
                  \(question.lua)
                end
                """
            )
        }
        return (parts + ["return answer"]).joined(separator: "\n")
    }

    static let questions = questionsOfWork + questionsOfBelongings

    private static let questionsOfWork: [Question] = [
        Question("0 a row cannot be read", "for _, id in ipairs(S.unreadable) do found(show(id)) end"),
        Question(
            "0 a job is in a state that does not exist here",
            "for id, r in pairs(S.jobs) do if r.state == 2 or r.state == 3 or r.state > 9 then found(show(id)) end end"
        ),
        Question(
            "0 a ready job is in no place, or in two",
            """
            for id, r in pairs(S.jobs) do
              local places = #(S.standing[id] or {}) + #(S.held[id] or {})
              if r.state == READY and places ~= 1 then found(show(id) .. ' is in ' .. places) end
            end
            """
        ),
        Question(
            "0 a lane has a member that is not as its job says",
            """
            for _, place in ipairs(S.places) do
              local r = S.jobs[place.id]
              if not r or r.state ~= READY or tostring(r.lane) ~= place.lane or r.member ~= place.member
                or place.isSolo ~= r.runsSolo then
                found(show(place.id) .. ' in lane ' .. place.lane)
              end
            end
            """
        ),
        Question(
            "13 two ready jobs stand in one place",
            """
            local seen = {}
            for _, place in ipairs(S.places) do
              local r = S.jobs[place.id]
              if r and seen[r.pos] then found(show(place.id) .. ' and ' .. show(seen[r.pos])) end
              if r then seen[r.pos] = place.id end
            end
            """
        ),
        Question(
            "13 a lane has jobs that run alone, and nobody looks for them",
            "for _, place in ipairs(S.places) do if place.isSolo and not S.solo[place.lane] then found(place.lane) end end"
        ),
        Question(
            "1 a lease holds a job that is not there, or does not run",
            """
            for id, tokens in pairs(S.held) do
              if not S.jobs[id] or S.jobs[id].state ~= READY then found(show(id) .. ' under ' .. tokens[1]) end
            end
            """
        ),
        Question(
            "1 a lease holds no job, or has no end",
            """
            for token, lease in pairs(S.leases) do
              if lease.open == 0 or not S.ends[token] or not lease.isWhole then found(token) end
            end
            for token in pairs(S.ends) do if not S.leases[token] then found(token) end end
            """
        ),
        Question(
            "10 a lease is of a worker that is not known",
            "for token, lease in pairs(S.leases) do if not S.workers[lease.worker] then found(token) end end"
        ),
        Question(
            "2 a lease, a worker or a place has a number that was not given out",
            """
            for token in pairs(S.leases) do
              if tonumber(token) > tonumber(S.meta.token) then found('token ' .. token) end
            end
            for worker in pairs(S.workers) do
              if worker > tonumber(S.meta.worker) then found('worker ' .. worker) end
            end
            for id, r in pairs(S.jobs) do
              if r.pos > tonumber(S.meta.pos) then found('place ' .. r.pos .. ' of ' .. show(id)) end
            end
            """
        ),
        Question(
            "0 a scheduled job is not in line for its time, or another is",
            """
            for id, r in pairs(S.jobs) do
              if r.state == SCHEDULED and (not r.at or S.due[id] ~= r.at) then found(show(id)) end
            end
            for id in pairs(S.due) do if not S.jobs[id] or S.jobs[id].state ~= SCHEDULED then found(show(id)) end end
            """
        ),
        Question(
            "0 nobody looks whether the time of a ready job is over",
            """
            for _, place in ipairs(S.places) do
              local r = S.jobs[place.id]
              if r and (r.expires or r.isPoison) and not S.doom[place.id] then found(show(place.id)) end
            end
            """
        ),
        Question(
            "0 a job's times do not fit its state",
            """
            for id, r in pairs(S.jobs) do
              if (r.finished ~= nil) ~= (r.state >= SUCCEEDED) then found(show(id) .. ' ' .. r.state) end
            end
            """
        ),
        Question(
            "0 the counts are not those of the jobs",
            """
            local counted = {}
            for id, r in pairs(S.jobs) do
              local field = r.lane .. ':' .. (r.state == READY and S.held[id] and 3 or r.state)
              counted[field] = (counted[field] or 0) + 1
            end
            for field, number in pairs(S.counts) do
              if (counted[field] or 0) ~= number then found(field .. ': ' .. number .. ' and ' .. (counted[field] or 0)) end
              counted[field] = nil
            end
            for field, number in pairs(counted) do found(field .. ': none and ' .. number) end
            """
        ),
        Question(
            "2 a job's counters cannot be",
            """
            for id, r in pairs(S.jobs) do
              if r.attempt > r.claims or r.failures + r.crashes > r.attempt then found(show(id)) end
            end
            """
        ),
        Question(
            "4 a cancel is asked of a job that does not run",
            """
            for id, token in pairs(S.cancels) do
              local held = S.held[id]
              if not held or not S.jobs[id] or not S.jobs[id].isCancelAsked then found(show(id)) end
            end
            for id, r in pairs(S.jobs) do if r.isCancelAsked and not S.cancels[id] then found(show(id)) end end
            """
        ),
    ]
}
