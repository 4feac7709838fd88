-- Verdicts by number, as the client knows them.
local RUN, V_EXPIRED, V_REVOKED, V_POISON = 0, 1, 2, 3

local kindRevocations
local function kindRevocation(lane)
  if kindRevocations == nil then kindRevocations = call('EXISTS', P .. 'revk') == 1 end
  return kindRevocations and call('HGET', P .. 'revk', kindOf(lane))
end

-- The revocation of this one job, if it is in force. One that is over is dropped: while there is any, claims read more.
local function ownRevocation(id)
  local own = isRevokedByItself(id) and call('HGET', P .. 'revj', id)
  if own and not holdsRevocation(own) then
    call('HDEL', P .. 'revj', id)
    return nil
  end
  return own
end

-- What a ready job is handed out as.
local function verdictOf(r)
  if hasFlag(r, POISON) then return V_POISON end
  if ownRevocation(r.id) then return V_REVOKED end
  local ofKind = kindRevocation(r.lane)
  if ofKind and holdsRevocation(ofKind) then return V_REVOKED end
  if r.expires and unpackn('>i8', r.expires) <= now then return V_EXPIRED end
  return RUN
end

-- Takes back the revocation that was for one time, now that it took effect.
local function useUpRevocation(r)
  local own = ownRevocation(r.id)
  if own then
    if byte(own) == 1 then call('HDEL', P .. 'revj', r.id) end
  else
    local ofKind = kindRevocation(r.lane)
    if ofKind and byte(ofKind) == 1 then call('HDEL', P .. 'revk', kindOf(r.lane)) end
  end
end

-- The line that a claim reads: the members of a lane, some at a time.
local function refill(source)
  local from = source.taken
  source.members = call('ZRANGE', source.key, from, from + source.chunk - 1)
  source.chunk = source.chunk * 2
  source.first = from
end

-- Sets the numbers by which the first member of a source is compared. By number, since Lua compares strings as the
-- server's locale says.
local function look(source)
  local member = source.members[source.taken - source.first + 1]
  if not member and source.taken > 0 and #source.members > 0 then
    refill(source)
    member = source.members[1]
  end
  source.head = member
  if not member then return false end
  source.priority = unpackn('>I4', member)
  local kind = byte(member, 5)
  if kind == 128 then
    source.rank, source.rankLow, source.pos = 0, 0, unpackn('>I6', member, 6)
  else
    source.rank, source.rankLow = unpackn('>i4I4', member, 6)
    source.pos = unpackn('>I6', member, 14)
  end
  return true
end

local function isBefore(a, b)
  if a.priority ~= b.priority then return a.priority < b.priority end
  if a.rank ~= b.rank then return a.rank < b.rank end
  if a.rankLow ~= b.rankLow then return a.rankLow < b.rankLow end
  return a.pos < b.pos
end

local picked = {ids = {}, lanes = {}}
local function pick(member, lane)
  local n = #picked.ids + 1
  picked.ids[n] = sub(member, -16)
  picked.lanes[n] = lane
end

-- Picks jobs from the lanes of one queue, merged. Answers 'over' where the claim ends here, and the job that it hands out
-- alone.
local function pickFrom(lanes, limit, isPaused, hasSolo)
  if #picked.ids >= limit then return true, nil end
  local sources = {}
  for _, lane in ipairs(lanes) do
    if not isPaused[lane] then
      sources[#sources + 1] = {key = P .. 'l:' .. lane, lane = lane, taken = 0}
      if hasSolo[lane] then
        sources[#sources + 1] = {key = P .. 's:' .. lane, lane = lane, taken = 0, isSolo = true}
      end
    end
  end
  if #sources == 1 and not sources[1].isSolo then
    -- The usual case: nothing is to be compared.
    local members = call('ZRANGE', sources[1].key, 0, limit - #picked.ids - 1)
    for i = 1, #members do pick(members[i], sources[1].lane) end
    if #members > 0 then call('ZREMRANGEBYRANK', sources[1].key, 0, #members - 1) end
    return #picked.ids >= limit, nil
  end
  local live = {}
  for _, source in ipairs(sources) do
    source.chunk = math.max(math.ceil((limit - #picked.ids) / #sources), 4)
    refill(source)
    if look(source) then
      live[#live + 1] = source
    elseif source.isSolo then
      call('SREM', P .. 'solo', source.lane)
    end
  end
  local isOver, alone = false, nil
  while #live > 0 do
    if #picked.ids >= limit then
      isOver = true
      break
    end
    local best, place = live[1], 1
    for i = 2, #live do
      if isBefore(live[i], best) then best, place = live[i], i end
    end
    if best.isSolo then
      local r = load(sub(best.head, -16))
      if r and verdictOf(r) == RUN then
        isOver = true
        if #picked.ids > 0 then break end
        alone = r.id
      end
    end
    pick(best.head, best.lane)
    best.taken = best.taken + 1
    if isOver then break end
    if not look(best) then table.remove(live, place) end
  end
  for _, source in ipairs(sources) do
    if source.taken > 0 then call('ZREMRANGEBYRANK', source.key, 0, source.taken - 1) end
  end
  return isOver, alone
end

-- Picks jobs of any lane that will not run.
local function pickEnded(limit)
  -- The kinds whose revocation, for one time, takes effect on a job that was picked: the others of the kind are to run.
  local isUsed = {}
  local function isToRun(r)
    local verdict = verdictOf(r)
    if verdict ~= V_REVOKED then return verdict == RUN end
    local kind, ofKind = kindOf(r.lane), kindRevocation(r.lane)
    if ownRevocation(r.id) or byte(ofKind) ~= 1 then return false end
    if isUsed[kind] then return not (r.expires and unpackn('>i8', r.expires) <= now) end
    isUsed[kind] = true
    return false
  end
  -- A step's worth, also where all that it reads are to run: revocations were taken back.
  local unread = JOBS_A_STEP
  while #picked.ids < limit and unread > 0 do
    local most = math.min(limit - #picked.ids, unread)
    local due = call('ZRANGEBYSCORE', P .. 'doom', '-inf', now, 'LIMIT', 0, most)
    if #due == 0 then break end
    unread = unread - #due
    call('ZREM', P .. 'doom', unpack(due))
    for _, id in ipairs(due) do
      local r = load(id)
      if r and r.state == READY and isInLane(r) then
        if isToRun(r) then
          -- A revocation was taken back; its expiry, if it has one, is still to be watched.
          if r.expires then call('ZADD', P .. 'doom', unpackn('>i8', r.expires), id) end
        else
          call('ZREM', laneKey(r), memberOf(r))
          pick(id, r.lane)
        end
      end
    end
  end
  if call('EXISTS', P .. 'revk') == 0 then return end
  local names = call('HGETALL', P .. 'lanenames')
  for i = 1, #names, 2 do
    local lane = tonumber(names[i])
    local kind, ofKind = kindOf(lane), kindRevocation(lane)
    if ofKind and holdsRevocation(ofKind) then
      for _, key in ipairs({P .. 'l:' .. lane, P .. 's:' .. lane}) do
        local left = limit - #picked.ids
        -- One that is for one time takes one.
        if byte(ofKind) == 1 then left = math.min(left, isUsed[kind] and 0 or 1) end
        if left > 0 then
          local members = call('ZRANGE', key, 0, left - 1)
          if #members > 0 then
            call('ZREMRANGEBYRANK', key, 0, #members - 1)
            for _, member in ipairs(members) do pick(member, lane) end
            isUsed[kind] = true
          end
        end
      end
    end
  end
end

-- What the client sends: worker (8), limit, lease in µs, whether one may run alone, the number of the claim among the worker's, the
-- greatest token it knows, the number of queues, or -1: jobs of any lane that will not run; of each queue the number of its
-- lanes, and these.
--
-- Answers the token, what was handed out (ids; verdicts; numbers of the lanes; whether the one job is to run alone), the
-- rows, when the next scheduled job is due, and whether the lease before this one was another worker's.
local function claim()
  local worker, limit, duration, allowsSolo = take(), takeNumber(), takeNumber(), take() == '1'
  local turn, greatest, queueCount = takeNumber(), takeNumber(), takeNumber()
  if isFenced(worker, turn) then limit = 0 end
  local nextDue = makeDueReady()
  local alone
  if queueCount < 0 then
    pickEnded(limit)
  else
    local isPaused, hasSolo = {}, {}
    if call('EXISTS', P .. 'paused', P .. 'solo') > 0 then
      for _, lane in ipairs(call('SMEMBERS', P .. 'paused')) do isPaused[tonumber(lane)] = true end
      if allowsSolo then
        for _, lane in ipairs(call('SMEMBERS', P .. 'solo')) do hasSolo[tonumber(lane)] = true end
      end
    end
    local isOver = limit <= 0
    for _ = 1, queueCount do
      local lanes = {}
      for i = 1, takeNumber() do lanes[i] = takeNumber() end
      if not isOver and #lanes > 0 then isOver, alone = pickFrom(lanes, limit, isPaused, hasSolo) end
    end
  end
  local ids, n = picked.ids, #picked.ids
  if n == 0 then return {false, '', '', '', 0, {}, nextDue or false} end
  local keys, found = {}, {}
  for i = 1, n do keys[i] = PJ .. ids[i] end
  if n <= 1000 then
    found = call('MGET', unpack(keys))
  else
    for first = 1, n, 1000 do
      local part = call('MGET', unpack(keys, first, math.min(first + 999, n)))
      for i = 1, #part do found[first + i - 1] = part[i] end
    end
  end
  local mayBeRevoked = call('EXISTS', P .. 'revj', P .. 'revk') > 0
  local verdicts, fence, lanes, bodies, kept, m = {}, {}, {}, {}, {}, 0
  local lane, laneText, gone, handed
  -- Those that are watched no longer: one that goes back into its lane is again.
  local doomed = {}
  local function countLane()
    if not lane then return end
    count(lane, READY, -handed - gone)
    count(lane, RUNNING, handed)
  end
  for i = 1, n do
    local id, s = ids[i], found[i]
    if picked.lanes[i] ~= lane then
      countLane()
      lane, gone, handed = picked.lanes[i], 0, 0
      laneText = pack('>I4', lane)
    end
    if rows[id] and rows[id].isChanged then s = encodeRow(rows[id]) end
    if s then
      local verdict = RUN
      local _, flags, _, has = byte(s, 1, 4)
      if mayBeRevoked or #s < FIXED_LENGTH or flags >= POISON or has % 4 >= EXPIRES then
        local r = rows[id] or readRow(id, s)
        rows[id] = r
        verdict = verdictOf(r)
        if verdict == V_REVOKED then
          useUpRevocation(r)
          kindRevocations, jobRevocations = nil, nil
        end
        if r.expires or verdict ~= RUN then doomed[#doomed + 1] = id end
      end
      m = m + 1
      handed = handed + 1
      stood[id] = nil
      kept[m], bodies[m], verdicts[m], lanes[m] = id, s, verdict, laneText
      fence[m] = HELD_BIT
    else
      -- A row that is gone, by another hand than Roost's, leaves nothing to hand out.
      gone = gone + 1
    end
  end
  countLane()
  if m == 0 then return {false, '', '', '', 0, {}, nextDue or false} end
  if alone then fence[m] = HELD_BIT + SOLO end
  for first = 1, #doomed, 1000 do
    call('ZREM', P .. 'doom', unpack(doomed, first, math.min(first + 999, #doomed)))
  end
  local function bytes(values)
    local parts = {}
    for first = 1, m, 4000 do parts[#parts + 1] = string.char(unpack(values, first, math.min(first + 3999, m))) end
    return table.concat(parts)
  end
  -- Greater than the worker knows, too: the last one may be lost, after a failover to a server whose clock is behind.
  local token = string.format('%.0f', math.max(tonumber(meta[3]) + 1, greatest + 1, now))
  local idsText = table.concat(kept)
  call('SET', P .. 'c:' .. token, worker .. bytes(fence) .. idsText)
  call('ZADD', P .. 'leases', clamp(uptime + duration), token)
  call('HSET', KEYS[1], 'token', token, 'claimer', worker)
  return {
    token, idsText, bytes(verdicts), table.concat(lanes), alone and 1 or 0, bodies, nextDue or false,
    meta[5] and meta[5] ~= worker and 1 or 0,
  }
end
