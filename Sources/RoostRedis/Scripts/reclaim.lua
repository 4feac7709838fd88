-- Takes back the jobs of leases that have ended, a step's worth, and forgets workers that were not heard for a day.
-- Answers the changes, and whether more is to be done at once.
local SILENCE = 86400 * 1000000
local left, hasMore = JOBS_A_STEP, false
for _, found in ipairs(leasesUntil(uptime)) do
  local lease = loadLease(found.token)
  if not lease then call('ZREM', P .. 'leases', found.token) end
  for index = 1, lease and lease.n or 0 do
    if lease.fence[index] ~= 0 then
      if left == 0 then
        hasMore = true
        break
      end
      left = left - 1
      local r = load(memberId(lease, index))
      -- One that has ended, in a call that failed halfway, stays so.
      if r and not isFinished(r.state) then
        hold(r, lease, index)
        crash(r)
      else
        markLease(lease, index, 0)
      end
    end
  end
  if hasMore then break end
end
local beats = call('HGETALL', P .. 'beats')
for i = 1, #beats, 2 do
  if unpackn('>I8', beats[i + 1]) + SILENCE < now then
    call('HDEL', P .. 'workers', beats[i])
    call('HDEL', P .. 'beats', beats[i])
  end
end
resolveEdges()
close()
return {table.concat(changes), hasMore and 1 or 0}
