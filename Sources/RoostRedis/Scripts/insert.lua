-- g:<graph>, a sorted set: the jobs of a graph, by the order in which they were enqueued.
-- u:<key>, a string: who holds a unique key. 16 job, 2 states in which it counts, 8 period (-1: without end), 8 enqueued at,
-- 1 how it ended, where its row is gone (255: it is not).
-- ux: a sorted set of the keys whose holder's row is gone, by the end of their period.
local function decodeHolder(s)
  local holder = {id = sub(s, 1, 16)}
  holder.states, holder.period, holder.enqueued, holder.final = unpackn('>I2i8I8B', s, 17)
  return holder
end

local function keepHolder(key, r, final)
  local head = r.uniqueHead
  call('SET', P .. 'u:' .. key, r.id .. head .. pack('>I8B', r.enqueued, final or 255))
end

-- Whether a holder in `state` still stands in the way.
local function stands(states, period, enqueued, state)
  if band(states, 2 ^ state) == 0 then return false end
  return period < 0 or now < enqueued + period
end

-- The job that holds `key` and still counts, and what is known of it.
local function holderOf(key)
  local s = call('GET', P .. 'u:' .. key)
  if not s then return nil end
  local holder = decodeHolder(s)
  local r = load(holder.id)
  local state
  if r then
    state = stateOf(r)
  elseif holder.final ~= 255 then
    state = holder.final
  end
  if state and stands(holder.states, holder.period, holder.enqueued, state) then return holder.id, holder end
  return nil, holder
end

-- What the client sends of a batch: the number of jobs; of each its id, its row (place and time of enqueueing are
-- zeros) and the delay of its expiry or nothing; the number of edges; of each one string: parent (16), child (16),
-- condition (1), whether it carries a value (1), position (4).
local function takeBatch()
  local batch = {jobs = {}, edges = {}}
  for i = 1, takeNumber() do
    local id, row, expiry = take(), take(), take()
    batch.jobs[i] = {id = id, row = row, expiry = expiry}
  end
  for i = 1, takeNumber() do
    local s = take()
    local edge = {parent = sub(s, 1, 16), child = sub(s, 17, 32), position = sub(s, 35, 38)}
    edge.condition, edge.carries = byte(s, 33, 34)
    batch.edges[i] = edge
  end
  return batch
end

-- Whether some job would wait for itself: Kahn's algorithm, as StoreRules.validate.
local function hasCircle(batch, edges)
  local open, children, free, taken = {}, {}, {}, 0
  for _, job in ipairs(batch.jobs) do open[job.id] = 0 end
  for _, edge in ipairs(edges) do
    if edge.parent == edge.child then return true end
    if open[edge.parent] then
      open[edge.child] = open[edge.child] + 1
      children[edge.parent] = children[edge.parent] or {}
      table.insert(children[edge.parent], edge.child)
    end
  end
  for _, job in ipairs(batch.jobs) do
    if open[job.id] == 0 then free[#free + 1] = job.id end
  end
  while #free > 0 do
    local id = table.remove(free)
    taken = taken + 1
    for _, child in ipairs(children[id] or {}) do
      open[child] = open[child] - 1
      if open[child] == 0 then free[#free + 1] = child end
    end
  end
  return taken < #batch.jobs
end

-- The edges whose child is new; or nil, what is wrong, and the number of the job at fault.
local function knownEdges(batch)
  local numbers, edges, ids = {}, {}, {}
  for i, job in ipairs(batch.jobs) do numbers[job.id] = i end
  for i, edge in ipairs(batch.edges) do ids[i] = edge.parent end
  loadAll(ids)
  for _, edge in ipairs(batch.edges) do
    if not load(edge.child) then
      if not numbers[edge.parent] and not load(edge.parent) then
        return nil, 'job ' .. show(edge.child) .. ' waits for ' .. show(edge.parent) .. ', which is not known',
          numbers[edge.child] - 1
      end
      edges[#edges + 1] = edge
    end
  end
  return edges
end

-- Marks the jobs whose unique key is held, and lets edges that name one mean its holder.
local function findDuplicates(batch, edges, items, final)
  local waits, inBatch, holders, hasHolders = {}, {}, {}, false
  for _, edge in ipairs(edges) do waits[edge.child] = true end
  for i, job in ipairs(batch.jobs) do
    local r = job.r
    if r and r.uniqueKey then
      local states, period = unpackn('>I2i8', r.uniqueHead)
      local holder
      local earlier = inBatch[r.uniqueKey]
      if earlier then
        if stands(earlier.states, earlier.period, now, earlier.state) then holder = earlier.id end
      else
        local known
        holder, known = holderOf(r.uniqueKey)
        if holder and known.final ~= 255 then final[holder] = known.final end
      end
      if holder then
        items[i] = holder
        holders[job.id] = holder
        hasHolders = true
      else
        local state = waits[job.id] and WAITING or dueOf(r.start) and SCHEDULED or READY
        inBatch[r.uniqueKey] = {id = job.id, states = states, period = period, state = state}
      end
    end
  end
  if not hasHolders or #edges == 0 then return edges end
  local kept = {}
  for _, edge in ipairs(edges) do
    if not holders[edge.child] then
      edge.parent = holders[edge.parent] or edge.parent
      kept[#kept + 1] = edge
    end
  end
  if hasCircle(batch, kept) then return nil, 'a job waits for itself by way of the holder of a unique key' end
  return kept
end

-- Adds the edges of new rows, and starts or skips those whose parents have all ended.
local function connect(batch, edges, final)
  local unmet, children, inputs = {}, {}, {}
  for _, edge in ipairs(edges) do
    local child = load(edge.child)
    children[edge.child] = true
    local parent = load(edge.parent)
    if edge.carries == 1 then
      child.flags = bor(child.flags, HAS_INPUTS)
      inputs[edge.child] = inputs[edge.child] or {}
      table.insert(inputs[edge.child], edge)
    end
    local state = parent and parent.state or final[edge.parent] or SUCCEEDED
    local member = edge.child .. edge.position .. string.char(edge.condition, edge.carries)
    if isFinished(state) then
      if not isMet(edge.condition, state) then
        unmet[edge.child] = unmet[edge.child] or {parent = edge.parent, state = state}
      end
      if parent and edge.carries == 1 then call('ZADD', P .. 'e:' .. edge.parent, 1, member) end
    else
      child.open = child.open + 1
      call('ZADD', P .. 'e:' .. edge.parent, 0, member)
      if not hasFlag(parent, HAS_CHILDREN) then
        if not parent.isNew then stateOf(parent) end
        setFlag(parent, HAS_CHILDREN)
        touch(parent)
      end
    end
  end
  for _, job in ipairs(batch.jobs) do
    if children[job.id] then
      local r = rows[job.id]
      local own = inputs[job.id]
      if own then
        -- By number, since Lua compares strings as the server's locale says.
        for _, edge in ipairs(own) do edge.number = unpackn('>i4', edge.position) end
        table.sort(own, function(a, b) return a.number < b.number end)
        local parts = {}
        for i, edge in ipairs(own) do parts[i] = edge.position .. edge.parent end
        call('SET', P .. 'in:' .. job.id, table.concat(parts))
      end
      if unmet[job.id] then
        skip(r, unmet[job.id].parent, unmet[job.id].state)
      elseif r.open == 0 then
        start(r, dueOf(r.start))
        r.start = nil
      end
    end
  end
end

-- Stores all of a batch, or nothing: then nil, what is wrong, and the number of the job at fault or nothing. Answers of
-- each job its holder, or false: it is stored.
local function insert(batch)
  local ids, items, final, hasUnique = {}, {}, {}, false
  for i, job in ipairs(batch.jobs) do ids[i] = job.id end
  loadAll(ids)
  for i, job in ipairs(batch.jobs) do
    items[i] = false
    if not rows[job.id] then
      local r = decodeRow(job.id, job.row)
      r.enqueued = now
      if job.expiry ~= '' then r.expires = pack('>I8', clamp(now + tonumber(job.expiry))) end
      hasUnique = hasUnique or r.uniqueKey
      job.r = r
    end
  end
  local edges, problem, number = knownEdges(batch)
  if edges and hasUnique then edges, problem, number = findDuplicates(batch, edges, items, final) end
  if not edges then return nil, problem, number end
  local waits = {}
  for _, edge in ipairs(edges) do waits[edge.child] = true end
  gather()
  local ofGraphs = 0
  for i, job in ipairs(batch.jobs) do
    if job.r and job.r.graph and not items[i] then ofGraphs = ofGraphs + 1 end
  end
  local seq = ofGraphs > 0 and call('HINCRBY', KEYS[1], 'seq', ofGraphs) - ofGraphs
  for i, job in ipairs(batch.jobs) do
    local r = job.r
    if r and not items[i] then
      r.isNew = true
      r.state = WAITING
      count(r.lane, WAITING, 1)
      rows[job.id] = r
      keep(r)
      index(job.id)
      if r.graph then
        seq = seq + 1
        addTo(P .. 'g:' .. r.graph, seq, job.id)
      end
      if r.uniqueKey then keepHolder(r.uniqueKey, r) end
      if not waits[job.id] then
        start(r, dueOf(r.start))
        r.start = nil
      end
    end
  end
  connect(batch, edges, final)
  writeGathered()
  return items
end
