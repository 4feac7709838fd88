-- One bounded step of what is due. Answers the changes, and whether another would find work.
local nextDue = makeDueReady()
local cancelling = call('LPOP', P .. 'tg')
if cancelling then
  cancelGraph(sub(cancelling, 1, 16), string.format('%.0f', unpackn('>I8', cancelling, 17)), sub(cancelling, 25))
end
-- What was left over comes first.
local fresh = ended
ended, firstEnded = {}, 1
local leftOver = call('LRANGE', P .. 'te', 0, EDGES_INLINE - 1)
if #leftOver > 0 then call('LTRIM', P .. 'te', #leftOver, -1) end
for _, entry in ipairs(leftOver) do ended[#ended + 1] = {id = sub(entry, 1, 16), state = byte(entry, 17)} end
for _, entry in ipairs(fresh) do ended[#ended + 1] = entry end
resolveEdges()
close()
local hasMore = hasStepsLeft() or (nextDue and tonumber(nextDue) <= now)
return {table.concat(changes), hasMore and 1 or 0}
