-- Whether a pause is about a lane.
local function matches(pattern, name)
  local given, length = unpackn('>BI2', pattern)
  local queue, kind = sub(pattern, 4, 3 + length), sub(pattern, 4 + length)
  local laneLength = unpackn('>I2', name)
  if band(given, 1) ~= 0 and queue ~= sub(name, 3, 2 + laneLength) then return false end
  return band(given, 2) == 0 or kind == sub(name, 3 + laneLength)
end
