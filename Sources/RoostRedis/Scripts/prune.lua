-- Deletes ended jobs whose retention is over, a step's worth, but for those whose outcome is still needed. ARGV: how
-- many at most. Answers how many, and whether there is more that this call did not come to.
local limit, deleted = takeNumber(), 0

-- How many edges a call looks at, and how many it reads at a time: a job may have any number of children.
local EDGES_A_STEP, EDGES_A_PAGE = 2000, 100
local edgesLeft = EDGES_A_STEP

-- The jobs that this call found to be needed: many children may ask for one parent.
local needed = {}

-- Whether some job that has not ended is given what this one left behind; nil: the call has no edges left to tell.
-- Drops the edges to children that have ended, so that the next call goes on from there; a retry adds its own again.
local function isNeeded(r)
  if needed[r.id] then return true end
  local key, from = P .. 'e:' .. r.id, 0
  while true do
    local edges = call('ZRANGE', key, from, from + EDGES_A_PAGE - 1)
    if #edges == 0 then return false end
    if edgesLeft <= 0 then return nil end
    edgesLeft = edgesLeft - #edges
    local children, over = {}, {}
    for i, edge in ipairs(edges) do children[i] = sub(edge, 1, 16) end
    loadAll(children)
    for i, edge in ipairs(edges) do
      local child = rows[children[i]]
      if not child or isFinished(child.state) then
        over[#over + 1] = edge
      elseif byte(edge, 22) == 1 then
        needed[r.id] = true
        break
      end
    end
    if #over > 0 then call('ZREM', key, unpack(over)) end
    if needed[r.id] then return true end
    if #edges < EDGES_A_PAGE then return false end
    from = from + #edges - #over
  end
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

-- Deletes a job unless it is needed. Answers whether this could be told.
local function tryDelete(r)
  local isSpared = isNeeded(r)
  if isSpared == nil then return false end
  if not isSpared then
    keepUniqueKey(r)
    deleteRow(r)
    deleted = deleted + 1
  end
  return true
end

-- Goes on where a job that had inputs ended: what was kept for it may go. In steps, since one may have had many.
local INPUTS_A_STEP = 200
local looked = 0
while looked < JOBS_A_STEP and deleted < limit and edgesLeft > 0 do
  local entry = call('LPOP', P .. 'free')
  if not entry then break end
  local id, from = sub(entry, 1, 16), #entry > 16 and unpackn('>I4', entry, 17) or 0
  local key = P .. 'fr:' .. id
  if call('EXISTS', key) == 0 then key = P .. 'in:' .. id end
  local inputs = call('GETRANGE', key, from * 20, (from + INPUTS_A_STEP) * 20 - 1)
  local rest = #inputs == INPUTS_A_STEP * 20 and from + INPUTS_A_STEP
  for i = 1, #inputs, 20 do
    local r = load(sub(inputs, i + 4, i + 19))
    local isDue = r and isFinished(r.state) and r.finished and r.finished + keptFor(r) <= now
    if deleted == limit or isDue and not tryDelete(r) then
      rest = from + (i - 1) / 20
      break
    end
  end
  looked = looked + math.max(#inputs / 20, 1)
  if rest then
    call('RPUSH', P .. 'free', id .. pack('>I4', rest))
  else
    call('DEL', P .. 'fr:' .. id)
  end
end

for _, retention in ipairs(call('ZRANGEBYSCORE', P .. 'fx', '-inf', now, 'LIMIT', 0, 100)) do
  local key, period = P .. 'f:' .. retention, tonumber(retention)
  while deleted < limit and looked < 10 * JOBS_A_STEP and edgesLeft > 0 do
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
      local r = rows[ids[i]]
      -- One that was retried since has another entry, or none yet.
      local isDue = r and isFinished(r.state) and r.finished == finished
      if deleted == limit or isDue and not tryDelete(r) then
        call('LPUSH', key, sub(entry, 1, 8) .. sub(entry, i * 16 - 7))
        break
      end
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
return {deleted, (edgesLeft <= 0 or call('EXISTS', P .. 'free') == 1) and 1 or 0}
