-- Stores jobs that start at once and have neither edges, expiry, unique key, rank nor graph: nearly all. A script of its own, since
-- the functions of the others would cost more than all else when one job is enqueued. ARGV: of each job its id and the first 12
-- bytes of its row; the rest of its row, from maxCrashes on. Answers how many were new.
local SET_SIZE = 1000
local n = (#ARGV - 3) / 2
local pos = tonumber(meta[2])
local places, known, stored = {}, {}, n
for first = 1, n, SET_SIZE do
  local last, sets = math.min(first + SET_SIZE - 1, n), {}
  for i = first, last do
    local head = ARGV[2 + 2 * i]
    places[i] = pack('>I6', pos + i)
    sets[#sets + 1] = PJ .. sub(head, 1, 16)
    sets[#sets + 1] = sub(head, 17) .. places[i] .. now8 .. ARGV[3 + 2 * i]
  end
  if call('MSETNX', unpack(sets)) == 0 then
    -- Sent again: those that are known stay as they are.
    for i = first, last do
      local key = 2 * (i - first) + 1
      if not call('SET', sets[key], sets[key + 1], 'NX') then
        known[i] = true
        stored = stored - 1
      end
    end
  end
end
if stored == 0 then return 0 end
local lanes, order, buckets, bucketOrder = {}, {}, {}, {}
for i = 1, n do
  if not known[i] then
    local head = ARGV[2 + 2 * i]
    local id, lane, bucket = sub(head, 1, 16), unpackn('>I4', head, 21), sub(head, 1, 5)
    local members = lanes[lane]
    if not members then
      members = {}
      lanes[lane] = members
      order[#order + 1] = lane
    end
    members[#members + 1] = 0
    members[#members + 1] = sub(head, 25, 28) .. '\128' .. places[i] .. id
    local ids = buckets[bucket]
    if not ids then
      ids = {}
      buckets[bucket] = ids
      bucketOrder[#bucketOrder + 1] = bucket
    end
    ids[#ids + 1] = id
  end
end
for _, lane in ipairs(order) do
  local members = lanes[lane]
  for first = 1, #members, 2 * SET_SIZE do
    call('ZADD', P .. 'l:' .. lane, unpack(members, first, math.min(first + 2 * SET_SIZE - 1, #members)))
  end
  call('HINCRBY', P .. 'n', lane .. ':1', #members / 2)
end
for _, bucket in ipairs(bucketOrder) do
  local ids = table.concat(buckets[bucket])
  if call('APPEND', P .. 'i:' .. bucket, ids) == #ids then
    call('SET', P .. 'i:' .. bucket, '\0\0\0\0' .. ids)
    call('ZADD', P .. 'ids', 0, bucket)
  end
end
call('HSET', KEYS[1], 'pos', string.format('%.0f', pos + n))
-- As close() does it: a refusal is passed over.
redis.pcall('SPUBLISH', P .. 'wake:ready', '')
return stored
