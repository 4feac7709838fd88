-- j:<id>, a string: one job. All numbers are big-endian.
--
--   1 state   1 flags   2 has   4 lane   4 priority (2^31 - 1 - priority: the highest first)
--   6 pos     8 enqueued at     2 maxCrashes     8 retention            (36 bytes; then, each where `has` says so:)
--   RANK 8 · EXPIRES 8 · GRAPH 16 · UNIQUE 2 states, 8 period or -1, 4 length, key · START 1 (0: after, 1: at), 8 ·
--   AT 8 (due while scheduled, else ready at; without: the time of enqueueing) ·
--   COUNTERS 4 attempt, 4 failures, 4 crashes, 4 claims, 4 open edges, 8 token of the last settle ·
--   OPTIONS 4 length, JSON · HEADERS 4 length, JSON · CODEC 1 codec, 4 key · BY 2 length, text ·
--   FAILURE 4 length, failure · OUTPUT 4 length, bytes · STARTED 8
--   the payload, unless GONE; the last 8 bytes, where ENDED: finished at
local FIXED = '>BBI2I4c4I6I8I2I8'
local FIXED_LENGTH = 36
local RANK, EXPIRES, GRAPH, UNIQUE, START, AT, COUNTERS = 1, 2, 4, 8, 16, 32, 64
local OPTIONS, HEADERS, CODEC, BY, FAILURE, OUTPUT, STARTED = 128, 256, 512, 1024, 2048, 4096, 8192
local ENDED, GONE = 16384, 32768
-- Flags of a row.
local HAS_CHILDREN, HAS_INPUTS, POISON, CANCEL_ASKED = 1, 2, 4, 8

local function decodeRow(id, s)
  local r = {id = id, payload = nil}
  local has, next
  r.state, r.flags, has, r.lane, r.priority, r.pos, r.enqueued, r.maxCrashes, r.retention, next = unpackn(FIXED, s)
  if band(has, RANK) ~= 0 then r.rank = sub(s, next, next + 7); next = next + 8 end
  if band(has, EXPIRES) ~= 0 then r.expires = sub(s, next, next + 7); next = next + 8 end
  if band(has, GRAPH) ~= 0 then r.graph = sub(s, next, next + 15); next = next + 16 end
  if band(has, UNIQUE) ~= 0 then
    local length = unpackn('>I4', s, next + 10)
    r.uniqueHead, r.uniqueKey = sub(s, next, next + 9), sub(s, next + 14, next + 13 + length)
    next = next + 14 + length
  end
  if band(has, START) ~= 0 then r.start = sub(s, next, next + 8); next = next + 9 end
  if band(has, AT) ~= 0 then r.at = sub(s, next, next + 7); next = next + 8 end
  if band(has, COUNTERS) ~= 0 then
    r.attempt, r.failures, r.crashes, r.claims, r.open, r.settledBy, next = unpackn('>I4I4I4I4I4I8', s, next)
  else
    r.attempt, r.failures, r.crashes, r.claims, r.open, r.settledBy = 0, 0, 0, 0, 0, 0
  end
  local function text(flag, format, width)
    if band(has, flag) == 0 then return nil end
    local length = unpackn(format, s, next)
    local value = sub(s, next + width, next + width - 1 + length)
    if #value < length then error('a row is cut off') end
    next = next + width + length
    return value
  end
  r.options, r.headers = text(OPTIONS, '>I4', 4), text(HEADERS, '>I4', 4)
  if band(has, CODEC) ~= 0 then r.codec = sub(s, next, next + 4); next = next + 5 end
  r.by, r.failure, r.output = text(BY, '>I2', 2), text(FAILURE, '>I4', 4), text(OUTPUT, '>I4', 4)
  if band(has, STARTED) ~= 0 then r.started = sub(s, next, next + 7); next = next + 8 end
  local last = #s
  if band(has, ENDED) ~= 0 then
    r.finished = unpackn('>I8', s, last - 7)
    last = last - 8
  end
  if last + 1 < next then error('a row is cut off') end
  if band(has, GONE) == 0 then r.payload = sub(s, next, last) end
  return r
end

local function encodeRow(r)
  local has, parts = 0, {}
  local function add(flag, value)
    if value then
      has = has + flag
      parts[#parts + 1] = value
    end
  end
  local function text(flag, format, value)
    if value then add(flag, pack(format, #value) .. value) end
  end
  add(RANK, r.rank)
  add(EXPIRES, r.expires)
  add(GRAPH, r.graph)
  if r.uniqueKey then add(UNIQUE, r.uniqueHead .. pack('>I4', #r.uniqueKey) .. r.uniqueKey) end
  add(START, r.start)
  add(AT, r.at)
  if r.attempt + r.failures + r.crashes + r.claims + r.open + r.settledBy > 0 then
    add(COUNTERS, pack('>I4I4I4I4I4I8', r.attempt, r.failures, r.crashes, r.claims, r.open, r.settledBy))
  end
  text(OPTIONS, '>I4', r.options)
  text(HEADERS, '>I4', r.headers)
  add(CODEC, r.codec)
  text(BY, '>I2', r.by)
  text(FAILURE, '>I4', r.failure)
  text(OUTPUT, '>I4', r.output)
  add(STARTED, r.started)
  if r.payload then parts[#parts + 1] = r.payload else has = has + GONE end
  if r.finished then
    has = has + ENDED
    parts[#parts + 1] = pack('>I8', r.finished)
  end
  local state = r.state
  if state == RUNNING then state = READY end
  return pack(FIXED, state, r.flags, has, r.lane, r.priority, r.pos, r.enqueued, r.maxCrashes, r.retention)
    .. table.concat(parts)
end

-- The rows that the call has touched; false: there is none. Those that changed are written at its end.
local rows, changed = {}, {}

local function keep(r)
  if not r.isChanged then
    r.isChanged = true
    changed[#changed + 1] = r
  end
end

-- A row that cannot be read must not stop the call in its middle (invariant 11): it is taken for one without content, so
-- that it can be ended.
local function readRow(id, s)
  local isReadable, r = pcall(decodeRow, id, s)
  if isReadable then return r end
  local _, state, lane
  if #s >= 8 then state, _, _, lane = unpackn('>BBI2I4', s) end
  return {
    id = id, state = state and state <= SKIPPED and state or READY, flags = 0, lane = lane or 0,
    priority = '\127\255\255\255', pos = 0, enqueued = now, maxCrashes = 1, retention = 0,
    attempt = 0, failures = 0, crashes = 0, claims = 0, open = 0, settledBy = 0,
  }
end

local function load(id)
  local r = rows[id]
  if r ~= nil then return r end
  local s = call('GET', PJ .. id)
  r = s and readRow(id, s)
  rows[id] = r
  return r
end

-- Loads many at once.
local function loadAll(ids)
  local keys, missing = {}, {}
  for i = 1, #ids do
    if rows[ids[i]] == nil then
      missing[#missing + 1] = ids[i]
      keys[#keys + 1] = PJ .. ids[i]
    end
  end
  for first = 1, #keys, 1000 do
    local last = math.min(first + 999, #keys)
    local found = call('MGET', unpack(keys, first, last))
    for i = first, last do
      local s = found[i - first + 1]
      rows[missing[i]] = s and readRow(missing[i], s)
    end
  end
end

local function hasFlag(r, flag)
  return band(r.flags, flag) ~= 0
end

local function setFlag(r, flag)
  r.flags = bor(r.flags, flag)
  keep(r)
end

local function clearFlag(r, flag)
  r.flags = band(r.flags, 255 - flag)
  keep(r)
end

local function isFinished(state)
  return state >= SUCCEEDED
end

local function setState(r, state)
  count(r.lane, r.state, -1)
  count(r.lane, state, 1)
  r.state = state
  keep(r)
end

local function report(r, from, reason)
  changes[#changes + 1] = r.id .. pack('>I4BBBI4', r.lane, from, r.state, reason or NO_REASON, r.attempt)
end

-- The usual form of an id, for messages.
local function show(id)
  local hexadecimal = id:gsub('.', function(c) return string.format('%02x', byte(c)) end)
  return hexadecimal:sub(1, 8) .. '-' .. hexadecimal:sub(9, 12) .. '-' .. hexadecimal:sub(13, 16) .. '-'
    .. hexadecimal:sub(17, 20) .. '-' .. hexadecimal:sub(21)
end
