-- Does what an operator or a user asks, once. ARGV: the id of the request, how long it is remembered in µs, the action, and what it
-- needs. Answers a text (the result, and what belongs to it), the changes, whether steps are left.
-- req:<id>, a string: 8 the uptime at which it may be forgotten, the result.
local request, memory, action = take(), takeNumber(), take()
local requestKey = P .. 'req:' .. request
local before = call('GET', requestKey)
if before and unpackn('>I8', before) > uptime then
  -- The changes are told once, or their events would fire twice.
  return {sub(before, 9), '', 0}
end

local actions = {}

function actions.cancel()
  local r = load(take())
  if not r then return 'notFound' end
  local result = cancel(r, take())
  return result == 'ended' and 'done' or result == 'requested' and 'requested' or 'unchanged'
end

function actions.cancelGraph()
  local graph = take()
  if call('EXISTS', P .. 'g:' .. graph) == 0 then return 'notFound' end
  local endedCount, requested = cancelGraph(graph, '-inf', take())
  return endedCount > 0 and 'done' or requested > 0 and 'requested' or 'unchanged'
end

local function refused(state)
  return 'refused' .. string.char(state)
end

function actions.reschedule()
  local r, startText = load(take()), take()
  if not r then return 'notFound' end
  local state = stateOf(r)
  if state ~= SCHEDULED and state ~= READY then return refused(state) end
  if state == READY then
    leaveLane(r)
  else
    call('ZREM', P .. 'due', r.id)
  end
  local due, due8 = dueOf(startText)
  start(r, due, due8)
  if r.state ~= state then report(r, state) end
  return 'done'
end

-- Lets the parents of a job that goes on be kept for it again: prune() dropped the edges to it when it had ended.
local function needInputs(r)
  local key, from, inputs = P .. 'in:' .. r.id, 0, nil
  repeat
    inputs = call('GETRANGE', key, from, from + JOBS_A_STEP * 20 - 1)
    for i = 1, #inputs, 20 do
      local parent = sub(inputs, i + 4, i + 19)
      -- Its condition means nothing any more: the edge is not to be resolved.
      local member = r.id .. sub(inputs, i, i + 3) .. '\2\1'
      if call('EXISTS', PJ .. parent) == 1 then call('ZADD', P .. 'e:' .. parent, 1, member) end
    end
    from = from + #inputs
  until #inputs < JOBS_A_STEP * 20
end

function actions.retry()
  local r = load(take())
  if not r then return 'notFound' end
  local state = stateOf(r)
  if not isFinished(state) or not r.payload then return refused(state) end
  if r.uniqueKey then
    local holder = holderOf(r.uniqueKey)
    if holder and holder ~= r.id then return 'duplicate' .. holder end
    keepHolder(r.uniqueKey, r)
  end
  r.failures, r.crashes, r.open = 0, 0, 0
  clearFlag(r, POISON)
  r.started, r.finished, r.failure, r.output = nil, nil, nil, nil
  if hasFlag(r, HAS_INPUTS) then needInputs(r) end
  makeReady(r)
  report(r, state)
  return 'done'
end

function actions.delete()
  local r = load(take())
  if not r then return 'notFound' end
  local state = stateOf(r)
  if not isFinished(state) then return refused(state) end
  if r.uniqueKey then
    local _, holder = holderOf(r.uniqueKey)
    if holder and holder.id == r.id then call('DEL', P .. 'u:' .. r.uniqueKey) end
  end
  deleteRow(r)
  return 'done'
end

local function applyPauses()
  call('DEL', P .. 'paused')
  local patterns, names = call('SMEMBERS', P .. 'pauses'), call('HGETALL', P .. 'lanenames')
  for i = 1, #names, 2 do
    for _, pattern in ipairs(patterns) do
      if matches(pattern, names[i + 1]) then call('SADD', P .. 'paused', names[i]) end
    end
  end
end

function actions.pause()
  if call('SADD', P .. 'pauses', take()) == 0 then return 'unchanged' end
  applyPauses()
  return 'done'
end

function actions.resume()
  if call('SREM', P .. 'pauses', take()) == 0 then return 'unchanged' end
  applyPauses()
  wakes.ready = true
  return 'done'
end

function actions.revokeJob()
  local id, value = take(), take()
  call('HSET', P .. 'revj', id, value)
  local r = load(id)
  if r and stateOf(r) == READY then call('ZADD', P .. 'doom', 0, id) end
  -- A worker that serves no lane of it may still sweep it up.
  wakes.ready = true
  return 'done'
end

function actions.revokeKind()
  local kind, value = take(), take()
  local all = call('HGETALL', P .. 'revk')
  for i = 1, #all, 2 do
    if not holdsRevocation(all[i + 1]) then call('HDEL', P .. 'revk', all[i]) end
  end
  call('HSET', P .. 'revk', kind, value)
  wakes.ready = true
  return 'done'
end

local function restore(key, field)
  local value = call('HGET', key, field)
  if not value then return 'unchanged' end
  call('HDEL', key, field)
  return holdsRevocation(value) and 'done' or 'unchanged'
end

function actions.restoreJob() return restore(P .. 'revj', take()) end

function actions.restoreKind() return restore(P .. 'revk', take()) end

local result = actions[action]()
resolveEdges()
writeGone()
close()
call('SET', requestKey, pack('>I8', clamp(uptime + memory)) .. result, 'PX', math.ceil(memory / 1000))
return {result, table.concat(changes), hasStepsLeft() and 1 or 0}
