-- Makes a worker known. ARGV: what it tells of itself. Answers its number.
-- workers: a hash, number → started at (8), registration as JSON. beats: a hash, number → last heard at (8).
local number = call('HINCRBY', KEYS[1], 'worker', 1)
call('HSET', P .. 'workers', number, now8 .. take())
call('HSET', P .. 'beats', number, now8)
return number
