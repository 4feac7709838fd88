-- Extends leases, and marks the worker alive. ARGV: worker, duration in µs, tokens.
-- Answers the tokens that are lost, and the jobs under the worker's leases whose cancel was asked for.
local number, duration = take(), takeNumber()
local worker = pack('>I8', tonumber(number))
if call('HEXISTS', P .. 'workers', number) == 1 then call('HSET', P .. 'beats', number, now8) end
local lost, cancelled = {}, {}
local token = take()
while token do
  local untilTime = call('ZSCORE', P .. 'leases', token)
  if untilTime and tonumber(untilTime) > uptime and call('GETRANGE', P .. 'c:' .. token, 0, 7) == worker then
    call('ZADD', P .. 'leases', clamp(uptime + duration), token)
  else
    lost[#lost + 1] = token
  end
  token = take()
end
local asked = call('HGETALL', P .. 'cancels')
for i = 1, #asked, 2 do
  local key = P .. 'c:' .. string.format('%.0f', unpackn('>I8', asked[i + 1]))
  if call('GETRANGE', key, 0, 7) == worker then cancelled[#cancelled + 1] = asked[i] end
end
return {lost, cancelled}
