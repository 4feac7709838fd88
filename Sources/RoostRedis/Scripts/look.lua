-- Jobs as they stand. ARGV: ids. Answers of each its row, or nothing, and, where it runs, the token and the worker (8).
local ids = {}
local id = take()
while id do
  ids[#ids + 1] = id
  id = take()
end
loadAll(ids)
local answer = {}
for i = 1, #ids do
  local r = rows[ids[i]]
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = false, '', ''
  if r then
    answer[n + 1] = call('GET', PJ .. ids[i])
    if stateOf(r) == RUNNING then
      answer[n + 2] = r.lease and r.lease.token or '0'
      answer[n + 3] = r.lease and r.lease.worker or NONE8
    end
  end
end
return answer
