local APPLIED, ALREADY, STALE = 0, 1, 2
-- The ways in which a worker is done with a job, as the client numbers them. One table: a script has 200 locals at
-- most.
local END = {SUCCEEDED = 0, FAILED = 1, RETRY = 2, CANCELLED = 3, EXPIRED = 4, RELEASED = 5}

local function succeed(r, item)
  if item.added or item.problem then
    local items, problem = nil, item.problem
    if item.added then
      -- What it added may wait for it and find that it has succeeded.
      r.state = SUCCEEDED
      items, problem = insert(item.added)
      r.state = RUNNING
    end
    if not items then
      -- One bad addition must not hold up the other jobs of the call, nor be lost in silence: the job failed.
      local failure = 'A' .. problem
      logAttempt(r, failure, item.started, item.started ~= nil)
      finish(r, FAILED, failure, nil, item.started)
      report(r, RUNNING, R_ERROR)
      return
    end
  end
  finish(r, SUCCEEDED, nil, item.output, item.started)
end

local function settle(item)
  local r = load(item.id)
  local lease = loadLease(item.token)
  local index = lease and indexIn(lease, item.id)
  if not r then
    -- Gone by another hand than Roost's; the lease must not wait for it.
    if index then markLease(lease, index, 0) end
    return STALE
  end
  if not index then
    return r.settledBy > 0 and r.settledBy == tonumber(item.token) and ALREADY or STALE
  end
  hold(r, lease, index)
  r.settledBy = tonumber(item.token)
  local isCharged = item.started ~= nil and item.ending ~= END.RELEASED
  if isCharged then r.attempt = r.attempt + 1 end
  keep(r)
  if item.ending == END.SUCCEEDED then
    succeed(r, item)
  elseif item.ending == END.FAILED then
    logAttempt(r, item.failure, item.started, isCharged)
    finish(r, FAILED, item.failure, nil, item.started)
  elseif item.ending == END.CANCELLED then
    if isCharged then logAttempt(r, item.failure, item.started, true) end
    finish(r, CANCELLED, item.failure, nil, item.started)
  elseif item.ending == END.EXPIRED then
    finish(r, EXPIRED, 'E', nil, item.started)
  elseif item.ending == END.RETRY then
    logAttempt(r, item.failure, item.started, isCharged)
    if not cancelIfAsked(r, item.started) then
      if item.usesRetry then r.failures = r.failures + 1 end
      leave(r)
      start(r, item.delay > 0 and clamp(now + item.delay) or nil)
    end
  else
    giveBack(r)
  end
  return APPLIED
end

-- What the client sends of an item that is not plain: id, token, the number of its end, started at (8 or nothing), whether
-- there is an output, the output or failure, and what the end needs: the delay and whether it uses a retry; whether it
-- added jobs (1: these; 2: such as cannot be stored: why).
local function takeItem()
  local item = {id = take(), token = take(), ending = takeNumber()}
  item.started = take()
  if item.started == '' then item.started = nil end
  local hasOutput, content = take() == '1', take()
  if item.ending == END.SUCCEEDED then
    if hasOutput then item.output = content end
  else
    item.failure = content
  end
  item.delay, item.usesRetry = takeNumber(), take() == '1'
  local addition = take()
  if addition == '1' then item.added = takeBatch() end
  if addition == '2' then item.problem = take() end
  return item
end

-- Plain jobs that succeeded: nothing waits for them, nobody asked for their cancel. The client, which claimed them, sends
-- the row to keep but for its last 8 bytes; the old one is not read. In groups of one token, lane and retention (8); of each how
-- many, their numbers in the claim from 0 (2 each), their ids, and the rows. Where something changed about a job since
-- its claim, the row that is kept tells how it ended, and it is settled as any other.
--
-- All rows and then the leases are written first: what fails later in the call must not leave a job that has ended
-- under a lease.
local function settlePlain(answers)
  local others, groups = {}, {}
  for _ = 1, takeNumber() do
    local token, lane, retention, n, numbers, ids = take(), takeNumber(), take(), takeNumber(), take(), take()
    local lease = loadLease(token)
    local fence, members = lease and lease.fence or {}, lease and lease.ids
    local sets, gone, m = {}, {}, 0
    for i = 1, n do
      local high, low = byte(numbers, 2 * i - 1, 2 * i)
      local index = high * 256 + low + 1
      local held = fence[index]
      if held == HELD_BIT or held == HELD_BIT + SOLO then
        fence[index] = 0
        local id = sub(members, index * 16 - 15, index * 16)
        m = m + 1
        gone[m] = id
        sets[2 * m - 1] = PJ .. id
        sets[2 * m] = ARGV[at + i] .. now8
        answers[#answers + 1] = APPLIED
      else
        answers[#answers + 1] = STALE
        others[#others + 1] = {n = #answers, id = sub(ids, i * 16 - 15, i * 16), token = token, row = ARGV[at + i]}
      end
    end
    at = at + n
    if m > 0 then
      changeLease(lease)
      groups[#groups + 1] = {
        sets = sets, n = m, lane = lane, retention = unpackn('>I8', retention), ids = table.concat(gone),
      }
    end
  end
  for _, group in ipairs(groups) do
    local n = 2 * group.n
    for first = 1, n, 2000 do call('MSET', unpack(group.sets, first, math.min(first + 1999, n))) end
  end
  writeLeases()
  for _, group in ipairs(groups) do
    insertFinished(group.retention, group.ids)
    count(group.lane, RUNNING, -group.n)
    count(group.lane, SUCCEEDED, group.n)
    wakes.settled = true
  end
  for _, other in ipairs(others) do
    local kept = decodeRow(other.id, other.row .. now8)
    answers[other.n] = settle({
      id = other.id, token = other.token, ending = END.SUCCEEDED, output = kept.output, started = kept.started,
    })
  end
end
