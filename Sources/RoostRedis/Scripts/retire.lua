-- Gives back every job that a worker holds, uncharged, and forgets the worker. ARGV: its number.
-- Answers the changes.
local number = takeNumber()
local worker = pack('>I8', number)
for _, found in ipairs(leasesUntil('+inf')) do
  if call('GETRANGE', P .. 'c:' .. found.token, 0, 7) == worker then
    local lease = loadLease(found.token)
    for index = 1, lease.n do
      if lease.fence[index] ~= 0 then
        local r = load(memberId(lease, index))
        if r then
          hold(r, lease, index)
          giveBack(r)
          if r.state == READY then report(r, RUNNING) end
        else
          markLease(lease, index, 0)
        end
      end
    end
  end
end
call('HDEL', P .. 'workers', number)
call('HDEL', P .. 'beats', number)
resolveEdges()
close()
return table.concat(changes)
