-- i:<bucket>, a string: 4 bytes that count the ids in it whose jobs are gone, then the ids (16 each) of one quarter of a second
-- by their own clock (the first 40 of 48 bits of milliseconds); ids: a sorted set of the buckets, all scores 0. For
-- lists: a sorted set of all ids would take 100 bytes a job.
local indexed, indexedInOrder = {}, {}

local function index(id)
  local bucket = sub(id, 1, 5)
  local ids = indexed[bucket]
  if not ids then
    ids = {}
    indexed[bucket] = ids
    indexedInOrder[#indexedInOrder + 1] = bucket
  end
  ids[#ids + 1] = id
end

local function writeIndex()
  for _, bucket in ipairs(indexedInOrder) do
    local ids = table.concat(indexed[bucket])
    local key = P .. 'i:' .. bucket
    if call('APPEND', key, ids) == #ids then
      call('SET', key, '\0\0\0\0' .. ids)
      call('ZADD', P .. 'ids', 0, bucket)
    end
  end
  indexed, indexedInOrder = {}, {}
end
