-- States by number, as in rows, counts and replies. READY in a stored row means ready or running: a job that is claimed
-- leaves its lane, and its row is not touched.
local SCHEDULED, READY, HELD, RUNNING, WAITING = 0, 1, 2, 3, 4
local SUCCEEDED, FAILED, CANCELLED, EXPIRED, SKIPPED = 5, 6, 7, 8, 9
-- Reasons by number, in the order of FailureReason.
local NO_REASON, R_CANCELLED, R_CRASHED, R_ERROR, R_PARENT = 255, 2, 3, 0, 10
-- The limits of StoreLimits.
local EDGES_INLINE, JOBS_A_STEP, ATTEMPTS_KEPT = 1000, 1000, 100
local CRASHES_UNTIL_SOLO = 2
local DEAD_LETTER_RETENTION = 30 * 86400 * 1000000
-- The largest whole number that a double holds; times beyond it are cut to it.
local FOREVER = 9007199254740991

-- What the call tells: changes of other jobs, and whom to wake (WakeTopics).
local changes = {}
local wakes = {ready = false, settled = false, cancel = false}
-- Counts of jobs by lane and state, as differences until the end of the call.
local counted = {}
local pos, posBefore = tonumber(meta[2]), tonumber(meta[2])

local function count(lane, state, difference)
  local field = lane .. ':' .. state
  counted[field] = (counted[field] or 0) + difference
end

local function clamp(time)
  if time > FOREVER then return FOREVER end
  return time
end
