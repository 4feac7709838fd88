-- c:<token>, a string: one claim. 8 worker, then a byte a job (0: settled, given or taken back; else the bits below), then
-- their ids, 16 bytes each. leases: a sorted set of tokens by the uptime at which they end.
-- cancels: a hash, running job → token (8), failure: whose cancel was asked for.
local HELD_BIT, TOUCHED, SOLO = 1, 2, 4

local leases = {}
local leasesInOrder = {}

local function loadLease(token)
  local lease = leases[token]
  if lease ~= nil then return lease end
  local s = call('GET', P .. 'c:' .. token)
  lease = false
  if s then
    local n = (#s - 8) / 17
    lease = {token = token, worker = sub(s, 1, 8), n = n, ids = sub(s, 9 + n)}
    -- In pieces, since a function returns so many values at most.
    local fence = {}
    for first = 1, n, 4000 do
      local piece = {byte(s, 8 + first, 8 + math.min(first + 3999, n))}
      if first == 1 then
        fence = piece
      else
        for i = 1, #piece do fence[first + i - 1] = piece[i] end
      end
    end
    lease.fence = fence
  end
  leases[token] = lease
  return lease
end

local function memberId(lease, index)
  return sub(lease.ids, index * 16 - 15, index * 16)
end

-- The number of a job in its lease, where it is held.
local function indexIn(lease, id)
  local from = 1
  while true do
    local found = string.find(lease.ids, id, from, true)
    if not found then return nil end
    if found % 16 == 1 then
      local index = (found + 15) / 16
      if lease.fence[index] ~= 0 then return index end
    end
    from = found + 1
  end
end

local function changeLease(lease)
  if not lease.isChanged then
    lease.isChanged = true
    leasesInOrder[#leasesInOrder + 1] = lease
  end
end

local function markLease(lease, index, value)
  lease.fence[index] = value
  changeLease(lease)
end

-- All leases that have jobs, or those that ended by `until`, in the order of their tokens.
local function leasesUntil(limit)
  local found = {}
  for _, token in ipairs(call('ZRANGEBYSCORE', P .. 'leases', '-inf', limit)) do
    found[#found + 1] = {token = token, number = tonumber(token)}
  end
  table.sort(found, function(a, b) return a.number < b.number end)
  return found
end

-- What the call knows of running jobs. all: the leases, in order, from its first search on. leases, indexes: of each
-- job its lease and its number in it, from the second on: a table of all that run pays only where many are looked for.
local running = {}

-- Finds the lease that a running job is under.
local function findLease(r)
  if not running.all then
    running.all = leasesUntil('+inf')
    for _, found in ipairs(running.all) do
      local lease = loadLease(found.token)
      local index = lease and indexIn(lease, r.id)
      if index then return lease, index end
    end
    return nil
  end
  if not running.leases then
    local leases, indexes = {}, {}
    for _, found in ipairs(running.all) do
      local lease = loadLease(found.token)
      for index = 1, lease and lease.n or 0 do
        local id = lease.fence[index] ~= 0 and memberId(lease, index)
        if id and not leases[id] then leases[id], indexes[id] = lease, index end
      end
    end
    running.leases, running.indexes = leases, indexes
  end
  local lease, index = running.leases[r.id], running.indexes[r.id]
  -- The call may have taken it from under its lease since.
  if lease and lease.fence[index] ~= 0 then return lease, index end
end

-- Puts the job into the hands of the call, to end it or give it back.
local function hold(r, lease, index)
  r.state, r.lease, r.index = RUNNING, lease, index
end

-- The true state of a job; one that runs is held from then on.
local function stateOf(r)
  if r.state ~= READY or isInLane(r) then return r.state end
  local lease, index = findLease(r)
  hold(r, lease, index)
  return RUNNING
end

-- Makes sure that the settle of a running job reads its row again.
local function touch(r)
  keep(r)
  if r.lease then markLease(r.lease, r.index, bor(r.lease.fence[r.index], TOUCHED)) end
end

-- Takes the job from under its lease.
local function leave(r)
  if r.lease then markLease(r.lease, r.index, 0) end
  r.lease = nil
  r.claims = r.claims + 1
  if hasFlag(r, CANCEL_ASKED) then
    clearFlag(r, CANCEL_ASKED)
    call('HDEL', P .. 'cancels', r.id)
  end
  keep(r)
end

-- Writes the leases that changed; one without jobs is over.
local function writeLeases()
  for _, lease in ipairs(leasesInOrder) do
    lease.isChanged = false
    local isOpen = false
    for i = 1, lease.n do
      if lease.fence[i] ~= 0 then
        isOpen = true
        break
      end
    end
    if isOpen then
      local parts = {}
      for first = 1, lease.n, 4000 do
        parts[#parts + 1] = string.char(unpack(lease.fence, first, math.min(first + 3999, lease.n)))
      end
      call('SETRANGE', P .. 'c:' .. lease.token, 8, table.concat(parts))
    else
      call('DEL', P .. 'c:' .. lease.token)
      call('ZREM', P .. 'leases', lease.token)
    end
  end
  leasesInOrder = {}
end

-- fence:<worker (8)>: the number of a worker's call from which on its calls count, for an hour; nothing: all do. A call with a lower
-- number is one that was given up, and comes late, out of a network that stood still: what it hands out nobody knows.
local function isFenced(worker, turn)
  local fence = call('GET', P .. 'fence:' .. worker)
  return fence and turn <= tonumber(fence)
end

local function fenceOff(worker, turn)
  call('SET', P .. 'fence:' .. worker, string.format('%.0f', turn), 'EX', 3600)
end
