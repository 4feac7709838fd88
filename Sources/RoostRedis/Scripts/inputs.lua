-- What the parents of a job left behind. ARGV: its id, the first position, how many at most.
-- Answers, one after the other, the position and parent (20 bytes) and the parent's row, or nothing.
local key = P .. 'in:' .. take()
local from, limit = takeNumber(), takeNumber()
local low, high = 0, call('STRLEN', key) / 20
local total = high
while low < high do
  local middle = math.floor((low + high) / 2)
  if unpackn('>i4', call('GETRANGE', key, middle * 20, middle * 20 + 3)) < from then
    low = middle + 1
  else
    high = middle
  end
end
local answer = {}
local inputs = limit > 0 and low < total and call('GETRANGE', key, low * 20, (low + limit) * 20 - 1) or ''
for i = 1, #inputs, 20 do
  answer[#answer + 1] = sub(inputs, i, i + 19)
  answer[#answer + 1] = call('GET', PJ .. sub(inputs, i + 4, i + 19))
end
return answer
