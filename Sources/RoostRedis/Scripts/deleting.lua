-- Forgets the row of an ended job and what belongs to it.
local gone, goneInOrder = {}, {}

local function deleteRow(r)
  r.isDeleted = true
  rows[r.id] = false
  count(r.lane, r.state, -1)
  if hasFlag(r, HAS_INPUTS) then freeInputs(r) end
  call('DEL', PJ .. r.id, P .. 'a:' .. r.id, P .. 'in:' .. r.id)
  -- Edges that are still to be resolved are left to that.
  call('ZREMRANGEBYSCORE', P .. 'e:' .. r.id, 1, 1)
  if isRevokedByItself(r.id) then call('HDEL', P .. 'revj', r.id) end
  if r.graph then call('ZREM', P .. 'g:' .. r.graph, r.id) end
  local bucket = sub(r.id, 1, 5)
  if not gone[bucket] then goneInOrder[#goneInOrder + 1] = bucket end
  gone[bucket] = (gone[bucket] or 0) + 1
end

-- Counts the ids that are gone from the index, and drops what holds no others.
local function writeGone()
  for _, bucket in ipairs(goneInOrder) do
    local key = P .. 'i:' .. bucket
    local length = call('STRLEN', key)
    if length > 0 then
      local dead = unpackn('>I4', call('GETRANGE', key, 0, 3)) + gone[bucket]
      if dead * 16 + 4 >= length then
        call('DEL', key)
        call('ZREM', P .. 'ids', bucket)
      else
        call('SETRANGE', key, 0, pack('>I4', dead))
      end
    end
  end
end
