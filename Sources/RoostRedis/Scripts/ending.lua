-- f:<retention>, a list: ended jobs that are kept so long, the earliest first; an entry is when they ended (8) and their ids
-- (16 each). fx: these lists by the time at which the first may be pruned.
-- free: a list of ended jobs that were given inputs: prune() looks whether those are still needed.
-- in:<id>, a string: where the inputs of a job come from, position (4) and parent (16) each, by position. fr:<id>: the
-- same of a job that succeeded or was deleted, until prune() has looked.
-- e:<id>, a sorted set: the edges to the children of a job; child (16), position (4), condition (1), whether it carries a
-- value (1). Score 0: open. 1: resolved, kept since the child is given the value, until prune() finds that it has
-- ended.
-- a:<id>, a list: the attempts of a job that did not succeed; number (4), worker (8), started at (8), ended at (8), failure.
-- te: a list of jobs whose edges are left over, id and state (1). tg: cancels of graphs that are left over.
local NONE8 = '\128\0\0\0\0\0\0\0'

-- Jobs that ended in this call, whose edges are to be resolved.
local ended, firstEnded = {}, 1

local function keptFor(r)
  if r.state == FAILED then return math.max(r.retention, DEAD_LETTER_RETENTION) end
  return r.retention
end

-- Puts jobs that ended now in line for deletion.
local function insertFinished(retention, ids)
  local key = string.format('%.0f', retention)
  if call('RPUSH', P .. 'f:' .. key, now8 .. ids) == 1 then call('ZADD', P .. 'fx', clamp(now + retention), key) end
end

-- Leaves the inputs of a job that will not run again to prune(). They may be gone, by another hand than Roost's.
local function freeInputs(r)
  if call('EXISTS', P .. 'in:' .. r.id) == 0 then return end
  call('RENAME', P .. 'in:' .. r.id, P .. 'fr:' .. r.id)
  call('RPUSH', P .. 'free', r.id)
end

-- Ends a job, and leaves its edges to resolveEdges(). Every end comes by here, but for that of plain jobs that
-- succeeded (settlePlain).
local function finish(r, state, failure, output, started)
  local previous = r.state
  if r.lease or previous == RUNNING then leave(r) end
  if previous == READY then leaveLane(r) end
  if previous == SCHEDULED then call('ZREM', P .. 'due', r.id) end
  setState(r, state)
  r.finished, r.started, r.output, r.failure = now, started, output, failure
  r.open = 0
  if state == SUCCEEDED then r.payload, r.options = nil, nil end
  insertFinished(keptFor(r), r.id)
  if hasFlag(r, HAS_INPUTS) then
    -- Like its payload: nobody will run it again. Of others the inputs stay, for a retry.
    if state == SUCCEEDED then freeInputs(r) else call('RPUSH', P .. 'free', r.id) end
  end
  if hasFlag(r, HAS_CHILDREN) then
    clearFlag(r, HAS_CHILDREN)
    ended[#ended + 1] = {id = r.id, state = state}
  end
  wakes.settled = true
end

-- Ends a job that waited for `parent`, which ended in `state`.
local function skip(r, parent, state)
  finish(r, SKIPPED, 'P' .. parent .. string.char(state))
  report(r, WAITING, R_PARENT)
end

local SUCCESS, FAILURE_EDGE = 0, 1
local function isMet(condition, state)
  if condition == SUCCESS then return state == SUCCEEDED end
  if condition == FAILURE_EDGE then return state == FAILED or state == EXPIRED end
  return true
end

local function resolveEdge(child, condition, parent, state)
  local r = load(child)
  if not r or r.state ~= WAITING then return end
  if not isMet(condition, state) then return skip(r, parent, state) end
  r.open = r.open - 1
  keep(r)
  if r.open == 0 then
    start(r, dueOf(r.start))
    r.start = nil
    report(r, WAITING)
  end
end

-- Resolves edges of the jobs that ended in this call, up to the limit of a step; the rest is left to advance.
local function resolveEdges()
  local budget = EDGES_INLINE
  while ended[firstEnded] and budget > 0 do
    local parent = ended[firstEnded]
    local key = P .. 'e:' .. parent.id
    local edges = call('ZRANGEBYSCORE', key, 0, 0, 'LIMIT', 0, budget)
    local gone, kept, children = {}, {}, {}
    for i = 1, #edges do
      if byte(edges[i], 22) == 1 and load(parent.id) then
        kept[#kept + 1] = 1
        kept[#kept + 1] = edges[i]
      else
        gone[#gone + 1] = edges[i]
      end
      children[i] = sub(edges[i], 1, 16)
    end
    if #gone > 0 then call('ZREM', key, unpack(gone)) end
    if #kept > 0 then call('ZADD', key, unpack(kept)) end
    loadAll(children)
    for i = 1, #edges do resolveEdge(children[i], byte(edges[i], 21), parent.id, parent.state) end
    budget = budget - #edges
    if budget > 0 or call('ZCOUNT', key, 0, 0) == 0 then firstEnded = firstEnded + 1 end
  end
  while ended[firstEnded] do
    call('RPUSH', P .. 'te', ended[firstEnded].id .. string.char(ended[firstEnded].state))
    firstEnded = firstEnded + 1
    -- Whoever sleeps is to go on with the rest.
    wakes.ready = true
  end
end

local function hasStepsLeft()
  return call('EXISTS', P .. 'te', P .. 'tg') > 0
end

-- Keeps an attempt that did not succeed.
local function logAttempt(r, failure, started, isCharged)
  local number = isCharged and r.attempt or r.attempt + 1
  local worker = r.lease and r.lease.worker or NONE8
  call('RPUSH', P .. 'a:' .. r.id, pack('>I4', number) .. worker .. (started or NONE8) .. now8 .. failure)
  call('LTRIM', P .. 'a:' .. r.id, -ATTEMPTS_KEPT, -1)
end

-- Ends a job whose cancel was asked for while it ran, where it would go on otherwise.
local function cancelIfAsked(r, started)
  if not hasFlag(r, CANCEL_ASKED) then return false end
  local failure = call('HGET', P .. 'cancels', r.id)
  if not failure then return false end
  finish(r, CANCELLED, sub(failure, 9), nil, started)
  report(r, RUNNING, R_CANCELLED)
  return true
end

-- Gives a job back to the place where it stood, uncharged.
local function giveBack(r)
  if cancelIfAsked(r) then return end
  leave(r)
  restoreReady(r)
end

-- Gives back, uncharged, what a worker holds under tokens greater than `last`, but for those that are `known`.
local function giveBackLeases(number, last, known)
  local worker = pack('>I8', number)
  for _, found in ipairs(leasesUntil('+inf')) do
    if found.number > last and not known[found.token] and call('GETRANGE', P .. 'c:' .. found.token, 0, 7) == worker then
      local lease = loadLease(found.token)
      for index = 1, lease.n do
        if lease.fence[index] ~= 0 then
          local r = load(memberId(lease, index))
          -- One that has ended, in a call that failed halfway, stays so.
          if r and not isFinished(r.state) then
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
end

-- Takes a job back from a worker that let its lease end.
local function crash(r)
  local wasSolo = band(r.lease.fence[r.index], SOLO) ~= 0
  r.attempt = r.attempt + 1
  r.crashes = r.crashes + 1
  logAttempt(r, 'C', nil, true)
  if cancelIfAsked(r) then return end
  leave(r)
  if wasSolo and r.crashes >= r.maxCrashes then setFlag(r, POISON) end
  makeReady(r)
  report(r, RUNNING, R_CRASHED)
end

-- Asks for the end of a job. Answers 'ended', 'requested' or 'had ended'.
local function cancel(r, failure)
  local state = stateOf(r)
  if isFinished(state) then return 'had ended' end
  if state ~= RUNNING then
    finish(r, CANCELLED, failure)
    report(r, state, R_CANCELLED)
    return 'ended'
  end
  if not hasFlag(r, CANCEL_ASKED) then
    setFlag(r, CANCEL_ASKED)
    touch(r)
    call('HSET', P .. 'cancels', r.id, pack('>I8', r.lease and tonumber(r.lease.token) or 0) .. failure)
  end
  wakes.cancel = true
  return 'requested'
end

-- Goes on with the cancel of a graph, from after the number `cursor`, a step's worth; the rest is left to advance.
local function cancelGraph(graph, cursor, failure)
  local members = call('ZRANGEBYSCORE', P .. 'g:' .. graph, '(' .. cursor, '+inf', 'WITHSCORES', 'LIMIT', 0, JOBS_A_STEP)
  local ids, last = {}, cursor
  for i = 1, #members, 2 do
    ids[#ids + 1] = members[i]
    last = members[i + 1]
  end
  loadAll(ids)
  local endedCount, requested = 0, 0
  for i = 1, #ids do
    local r = rows[ids[i]]
    local result = r and cancel(r, failure)
    if result == 'ended' then endedCount = endedCount + 1 end
    if result == 'requested' then requested = requested + 1 end
  end
  if #ids == JOBS_A_STEP and call('ZCOUNT', P .. 'g:' .. graph, '(' .. last, '+inf') > 0 then
    call('RPUSH', P .. 'tg', graph .. pack('>I8', tonumber(last)) .. failure)
    wakes.ready = true
  end
  return endedCount, requested
end
