-- Stores jobs that start at once and have neither edges, expiry, unique key, rank nor graph: nearly all. A script of its own, since
-- the functions of the others would cost more than all else when one job is enqueued. ARGV: of each job its id and the first 12
-- bytes of its row; the rest of its row, from maxCrashes on. Answers nothing.
local SET_SIZE = 1000
local n = (#ARGV - 3) / 2
local pos = tonumber(meta[2])
local keys = {}
for i = 1, n do keys[i] = PJ .. sub(ARGV[2 + 2 * i], 1, 16) end
local known = {}
for first = 1, n, SET_SIZE do
  local last = math.min(first + SET_SIZE - 1, n)
  if call('EXISTS', unpack(keys, first, last)) > 0 then
    for i = first, last do known[keys[i]] = call('EXISTS', keys[i]) == 1 or nil end
  end
end
local sets, lanes, order, buckets, bucketOrder = {}, {}, {}, {}, {}
for i = 1, n do
  local key, head = keys[i], ARGV[2 + 2 * i]
  if not known[key] then
    pos = pos + 1
    sets[#sets + 1] = key
    sets[#sets + 1] = sub(head, 17) .. pack('>I6', pos) .. now8 .. ARGV[3 + 2 * i]
    local lane = unpackn('>I4', head, 21)
    local members = lanes[lane]
    if not members then
      members = {}
      lanes[lane] = members
      order[#order + 1] = lane
    end
    members[#members + 1] = 0
    members[#members + 1] = sub(head, 25, 28) .. '\128' .. pack('>I6', pos) .. sub(head, 1, 16)
    local bucket = sub(head, 1, 5)
    local ids = buckets[bucket]
    if not ids then
      ids = {}
      buckets[bucket] = ids
      bucketOrder[#bucketOrder + 1] = bucket
    end
    ids[#ids + 1] = sub(head, 1, 16)
  end
end
if #sets == 0 then return 0 end
for first = 1, #sets, 2 * SET_SIZE do call('MSET', unpack(sets, first, math.min(first + 2 * SET_SIZE - 1, #sets))) end
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
call('HSET', KEYS[1], 'pos', string.format('%.0f', pos))
call('SPUBLISH', P .. 'wake:ready', '')
return #sets / 2
