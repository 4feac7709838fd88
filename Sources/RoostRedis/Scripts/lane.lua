-- l:<lane>, a sorted set, all scores 0: the ready jobs of a queue and kind. A member is priority (4), rank (1, or 9 where it
-- is not 0), pos (6), id (16), so the order of its bytes is that of the lane.
-- s:<lane>: the same for jobs that must run alone; solo: a set of the lanes that have any.
-- due: scheduled jobs by the time they are due. doom: ready jobs by the time from which they are not to run.
-- revj: a hash, job → once (1 byte), until (8 bytes or none); it goes with its job. revk: the same by kind.
local function memberOf(r)
  local rank = '\128'
  if r.rank then rank = (byte(r.rank) >= 128 and '\120' or '\136') .. r.rank end
  return r.priority .. rank .. pack('>I6', r.pos) .. r.id
end

local function runsSolo(r)
  return not hasFlag(r, POISON) and r.crashes >= math.min(CRASHES_UNTIL_SOLO, r.maxCrashes)
end

local function laneKey(r)
  return P .. (runsSolo(r) and 's:' or 'l:') .. r.lane
end

-- What is to be added to sorted sets, by key, while a batch is stored: one command a set, not one a job.
local gathered, gatheredInOrder
local function addTo(key, score, member)
  if not gathered then return call('ZADD', key, score, member) end
  local list = gathered[key]
  if not list then
    list = {}
    gathered[key] = list
    gatheredInOrder[#gatheredInOrder + 1] = key
  end
  list[#list + 1] = score
  list[#list + 1] = member
end

local function gather()
  gathered, gatheredInOrder = {}, {}
end

local function writeGathered()
  for _, key in ipairs(gatheredInOrder) do
    local list = gathered[key]
    for first = 1, #list, 2000 do call('ZADD', key, unpack(list, first, math.min(first + 1999, #list))) end
  end
  gathered = nil
end

local jobRevocations
-- Whether there is a revocation of this one job, in force or over.
local function isRevokedByItself(id)
  if jobRevocations == nil then jobRevocations = call('EXISTS', P .. 'revj') == 1 end
  return jobRevocations and call('HEXISTS', P .. 'revj', id) == 1
end

-- The jobs that this call put into a lane and did not hand out: these are what workers are woken for.
local stood = {}

local function standInLane(r)
  addTo(laneKey(r), 0, memberOf(r))
  if runsSolo(r) then call('SADD', P .. 'solo', r.lane) end
  if hasFlag(r, POISON) or isRevokedByItself(r.id) then
    addTo(P .. 'doom', 0, r.id)
  elseif r.expires then
    addTo(P .. 'doom', unpackn('>i8', r.expires), r.id)
  end
  stood[r.id] = true
end

-- Takes a ready job out of its lane, and what watches for its expiry with it.
local function leaveLane(r)
  call('ZREM', laneKey(r), memberOf(r))
  if r.expires or hasFlag(r, POISON) or isRevokedByItself(r.id) then call('ZREM', P .. 'doom', r.id) end
end

local function isInLane(r)
  return call('ZSCORE', laneKey(r), memberOf(r)) ~= false
end

local function makeReady(r)
  pos = pos + 1
  r.pos = pos
  r.at = now8
  setState(r, READY)
  standInLane(r)
end

-- Puts a job back where it stood before it was claimed.
local function restoreReady(r)
  setState(r, READY)
  standInLane(r)
end

-- Makes a job ready, or scheduled where `due` says when.
local function start(r, due, due8)
  if not due then return makeReady(r) end
  setState(r, SCHEDULED)
  r.at = due8 or pack('>I8', due)
  addTo(P .. 'due', due, r.id)
  wakes.ready = true
end

-- When a job with the start `s` (0 and a delay, or 1 and a time) is due; nil: at once. The second: its eight bytes.
local function dueOf(s)
  if not s then return nil end
  local kind, value = unpackn('>Bi8', s)
  if kind == 0 then
    if value <= 0 then return nil end
    return clamp(now + value)
  end
  if value <= now then return nil end
  return value, sub(s, 2)
end

-- Makes jobs ready whose time has come, a step's worth. Answers when the next is due, or nothing.
local function makeDueReady()
  local first = call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')
  if not first[2] or tonumber(first[2]) > now then return first[2] end
  local due = call('ZRANGEBYSCORE', P .. 'due', '-inf', now, 'LIMIT', 0, JOBS_A_STEP)
  loadAll(due)
  call('ZREM', P .. 'due', unpack(due))
  for i = 1, #due do
    local r = rows[due[i]]
    if r and r.state == SCHEDULED then
      makeReady(r)
      report(r, SCHEDULED)
    end
  end
  return call('ZRANGE', P .. 'due', 0, 0, 'WITHSCORES')[2]
end

local function holdsRevocation(s)
  return #s == 1 or now < unpackn('>i8', s, 2)
end

local kindOfLane = {}
local function kindOf(lane)
  if not kindOfLane[lane] then
    local name = call('HGET', P .. 'lanenames', lane)
    kindOfLane[lane] = name and sub(name, 3 + unpackn('>I2', name)) or ''
  end
  return kindOfLane[lane]
end
