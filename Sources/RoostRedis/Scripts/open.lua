-- Opens a namespace, or makes it. ARGV: 16 random bytes, the version of the model. Answers the epoch, the version found,
-- the bytes by which the namespace was made.
local P = string.sub(KEYS[1], 1, -5)
-- Other scripts pass over a wake-up that is refused, so a user who may not send any is told here, before anything is
-- written.
for _, topic in ipairs({'ready', 'settled', 'cancel'}) do
  local answer = redis.pcall('SPUBLISH', P .. 'wake:' .. topic, '')
  if type(answer) == 'table' and answer.err then
    return redis.error_reply('NOWAKE +spublish &' .. P .. '* (' .. answer.err .. ')')
  end
end
local found = redis.call('HMGET', KEYS[1], 'epoch', 'model', 'born')
if found[1] then return {found[1], tonumber(found[2]) or 0, found[3]} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'born', ARGV[1], 'model', ARGV[2], 'pos', 0, 'token', 0, 'worker', 0,
  'seq', 0, 'lanes', 0)
redis.call('SADD', P .. 'epochs', ARGV[1])
return {ARGV[1], tonumber(ARGV[2]), ARGV[1]}
