-- Makes a worker known. ARGV: what it tells of itself. Answers its number.
-- workers: a hash, number → started at (8), registration as JSON. beats: a hash, number → last heard at (8).
-- The numbers go by the clock too, so that none comes again where the server has lost what it had, or the last of it: what one
-- worker holds would be another's.
local number = string.format('%.0f', math.max(tonumber(call('HGET', KEYS[1], 'worker')) + 1, now))
call('HSET', KEYS[1], 'worker', number)
call('HSET', P .. 'workers', number, now8 .. take())
call('HSET', P .. 'beats', number, now8)
return tonumber(number)
