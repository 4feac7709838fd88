-- How many jobs stand in each state, by lane. Answers counts (field, number), the paused lanes, and of each lane that has
-- ready jobs its number and the row of the one that became ready first of each priority and rank, up to a hundred.
local fields = call('HGETALL', P .. 'n')
local oldest = {}
local function look(key, lane)
  local member = call('ZRANGE', key, 0, 0)[1]
  local seen = 0
  while member and seen < 100 do
    oldest[#oldest + 1] = lane
    oldest[#oldest + 1] = call('GET', PJ .. sub(member, -16)) or ''
    seen = seen + 1
    -- The first of the next priority and rank: after all places of this one.
    member = call('ZRANGEBYLEX', key, '(' .. sub(member, 1, -23) .. rep('\255', 22), '+', 'LIMIT', 0, 1)[1]
  end
end
for i = 1, #fields, 2 do
  local lane, state = string.match(fields[i], '^(%d+):(%d+)$')
  if tonumber(state) == READY and tonumber(fields[i + 1]) > 0 then
    look(P .. 'l:' .. lane, lane)
    look(P .. 's:' .. lane, lane)
  end
end
return {fields, call('SMEMBERS', P .. 'paused'), oldest}
