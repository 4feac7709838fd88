-- What every script begins with. KEYS[1] is '{namespace}:meta', which exists; KEYS[2] is '{namespace}:absent', which
-- never does. While the slot is being moved to another node one of the two is always missing where the script runs,
-- so the server refuses the script (TRYAGAIN) before it has written anything.
--
-- ARGV[1]: the epoch the client knows; ARGV[2], ARGV[3]: the date and the uptime in µs, of a test clock, or empty: the
-- server's time. What follows is read in order by take().
local call = redis.call
local pack, unpackn = struct.pack, struct.unpack
local sub, byte, rep = string.sub, string.byte, string.rep
local band, bor = bit.band, bit.bor
local P = sub(KEYS[1], 1, -5)
local PJ = P .. 'j:'

local at = 0
local function take()
  at = at + 1
  return ARGV[at]
end
local function takeNumber()
  return tonumber(take())
end

local knownEpoch, now, uptime = take(), take(), take()
if now == '' then
  local time = call('TIME')
  now = time[1] * 1000000 + time[2]
  uptime = now
else
  now, uptime = tonumber(now), tonumber(uptime)
end
local now8 = pack('>I8', now)

-- meta: a hash. born: 16 bytes, new where the namespace was made anew; epoch: 16 bytes, new then and whenever a lane is given
-- its number; model: its version; pos: the last place given to a job that became ready; token: the last lease's; claimer: whose
-- it was, 8 bytes; worker, seq: counters; lanes: how many there are; copied: empty, written where an enqueue waits for replicas.
-- epochs: a set of all epochs so far. A client that knows another one has its numbers of lanes from a time that the server
-- has lost, with its last writes, and may speak of a lane that is another one by now.
local meta = call('HMGET', KEYS[1], 'epoch', 'pos', 'token', 'lanes', 'claimer')
if meta[1] ~= knownEpoch and call('SISMEMBER', P .. 'epochs', knownEpoch) == 0 then
  return redis.error_reply('EPOCH the namespace is not as this client knows it')
end
