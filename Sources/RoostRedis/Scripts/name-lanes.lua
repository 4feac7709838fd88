-- Gives lanes their numbers. ARGV: the epoch from now on, where one is new; names, each length of the queue (2), queue, kind.
-- Answers the epoch, and all names with their numbers.
-- lanes: a hash, name → number. lanenames: a hash, number → name. pauses: a set of patterns, 1 whether a queue (1) and a kind
-- (2) is given, 2 length of the queue, queue, kind. paused: a set of the numbers of lanes that a pattern matches.
local patterns = call('SMEMBERS', P .. 'pauses')
local lanes, epoch = tonumber(meta[4]), take()
local name = take()
while name do
  if call('HEXISTS', P .. 'lanes', name) == 0 then
    lanes = lanes + 1
    call('HSET', P .. 'lanes', name, lanes)
    call('HSET', P .. 'lanenames', lanes, name)
    for _, pattern in ipairs(patterns) do
      if matches(pattern, name) then call('SADD', P .. 'paused', lanes) end
    end
  end
  name = take()
end
if lanes == tonumber(meta[4]) then return {meta[1], call('HGETALL', P .. 'lanes')} end
call('HSET', KEYS[1], 'lanes', lanes, 'epoch', epoch)
call('SADD', P .. 'epochs', epoch)
return {epoch, call('HGETALL', P .. 'lanes')}
