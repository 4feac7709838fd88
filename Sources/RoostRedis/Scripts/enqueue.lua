-- Stores a batch of any jobs, with their edges. Answers the holders of those that were not stored (16 bytes each, or none),
-- and what changed beside.
local items, problem, number = insert(takeBatch())
if not items then return redis.error_reply('REJECTED ' .. (number or -1) .. ' ' .. problem) end
resolveEdges()
close()
for i = 1, #items do items[i] = items[i] or '' end
return {items, table.concat(changes)}
