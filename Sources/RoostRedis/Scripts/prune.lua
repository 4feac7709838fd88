-- Deletes ended jobs whose retention is over, a step's worth, but for those whose outcome is still needed.
-- Answers how many.
local deleted = 0

-- Whether some job that has not ended is given what this one left behind.
local function isNeeded(r)
  local edges = call('ZRANGE', P .. 'e:' .. r.id, 0, -1)
  for _, edge in ipairs(edges) do
    if byte(edge, 22) == 1 then
      local child = load(sub(edge, 1, 16))
      if child and not isFinished(child.state) then return true end
    end
  end
  return false
end

-- Lets a unique key outlive its job while its period lasts, else forgets it.
local function keepUniqueKey(r)
  if not r.uniqueKey then return end
  local holding, holder = holderOf(r.uniqueKey)
  if not holder or holder.id ~= r.id then return end
  if holder.period >= 0 and holding then
    keepHolder(r.uniqueKey, r, r.state)
    call('ZADD', P .. 'ux', clamp(r.enqueued + holder.period), r.uniqueKey)
  else
    call('DEL', P .. 'u:' .. r.uniqueKey)
  end
end

local function tryDelete(r)
  if isNeeded(r) then return end
  keepUniqueKey(r)
  deleteRow(r)
  deleted = deleted + 1
end

-- Goes on where a job that had inputs ended: what was kept for it may go. In steps, since one may have had many.
local INPUTS_A_STEP = 200
local looked = 0
while looked < JOBS_A_STEP and deleted < JOBS_A_STEP do
  local entry = call('LPOP', P .. 'free')
  if not entry then break end
  local id, from = sub(entry, 1, 16), #entry > 16 and unpackn('>I4', entry, 17) or 0
  local key = P .. 'fr:' .. id
  if call('EXISTS', key) == 0 then key = P .. 'in:' .. id end
  local inputs = call('GETRANGE', key, from * 20, (from + INPUTS_A_STEP) * 20 - 1)
  for i = 1, #inputs, 20 do
    local r = load(sub(inputs, i + 4, i + 19))
    if r and isFinished(r.state) and r.finished and r.finished + keptFor(r) <= now then tryDelete(r) end
  end
  looked = looked + #inputs / 20 + 1
  if #inputs == INPUTS_A_STEP * 20 then
    call('RPUSH', P .. 'free', id .. pack('>I4', from + INPUTS_A_STEP))
  else
    call('DEL', P .. 'fr:' .. id)
  end
end

for _, retention in ipairs(call('ZRANGEBYSCORE', P .. 'fx', '-inf', now, 'LIMIT', 0, 100)) do
  local key, period = P .. 'f:' .. retention, tonumber(retention)
  while deleted < JOBS_A_STEP and looked < 10 * JOBS_A_STEP do
    local entry = call('LPOP', key)
    if not entry then
      call('ZREM', P .. 'fx', retention)
      break
    end
    local finished = unpackn('>I8', entry)
    local due = clamp(finished + period)
    if due > now then
      call('LPUSH', key, entry)
      call('ZADD', P .. 'fx', due, retention)
      break
    end
    local ids = {}
    for i = 9, #entry, 16 do ids[#ids + 1] = sub(entry, i, i + 15) end
    loadAll(ids)
    looked = looked + #ids
    for i = 1, #ids do
      if deleted == JOBS_A_STEP then
        call('LPUSH', key, sub(entry, 1, 8) .. sub(entry, i * 16 - 7))
        break
      end
      local r = rows[ids[i]]
      -- One that was retried since has another entry, or none yet.
      if r and isFinished(r.state) and r.finished == finished then tryDelete(r) end
    end
  end
end

for _, key in ipairs(call('ZRANGEBYSCORE', P .. 'ux', '-inf', now, 'LIMIT', 0, JOBS_A_STEP)) do
  call('ZREM', P .. 'ux', key)
  local holding, holder = holderOf(key)
  -- Another job may have taken the key since.
  if holder and holder.final ~= 255 and not holding then call('DEL', P .. 'u:' .. key) end
end
writeGone()
close()
return deleted
