-- Gives back every job that a worker holds, uncharged, and forgets the worker. ARGV: its number.
-- Answers the changes.
local number = takeNumber()
giveBackLeases(number, 0, {})
-- A claim of it that comes late hands out nothing.
fenceOff(pack('>I8', number), 2 ^ 53)
call('HDEL', P .. 'workers', number)
call('HDEL', P .. 'beats', number)
resolveEdges()
close()
return table.concat(changes)
