-- What every script that writes ends with.
-- n: a hash of the counts, lane:state → how many jobs. Channels {namespace}:wake:ready, :settled, :cancel: sharded pub/sub.
local function flush()
  for first = 1, #changed, 500 do
    local sets = {}
    for i = first, math.min(first + 499, #changed) do
      local r = changed[i]
      r.isChanged = false
      if not r.isDeleted then
        sets[#sets + 1] = PJ .. r.id
        sets[#sets + 1] = encodeRow(r)
      end
    end
    if #sets > 0 then call('MSET', unpack(sets)) end
  end
  changed = {}
  writeLeases()
  writeIndex()
end

local function close()
  flush()
  -- In any order: each is a sum of its own.
  for field, difference in pairs(counted) do
    if difference ~= 0 then call('HINCRBY', P .. 'n', field, difference) end
  end
  if pos ~= posBefore then call('HSET', KEYS[1], 'pos', string.format('%.0f', pos)) end
  if next(stood) then wakes.ready = true end
  for _, topic in ipairs({'ready', 'settled', 'cancel'}) do
    -- A refusal is passed over: all is written by now, and a poll stands behind a wake-up. A user who may not publish
    -- is told so when the namespace is opened.
    if wakes[topic] then redis.pcall('SPUBLISH', P .. 'wake:' .. topic, '') end
  end
end
