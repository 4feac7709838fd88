-- Gives back, uncharged, what a worker was handed out by claims whose answers it never had. ARGV: its number; the number of this
-- call among its claims and these; the token above which the lost ones are; the tokens above that which it knows. Answers the changes.
local number, turn, last = takeNumber(), takeNumber(), takeNumber()
local worker = pack('>I8', number)
if not isFenced(worker, turn) then
  local known = {}
  for i = at + 1, #ARGV do known[ARGV[i]] = true end
  fenceOff(worker, turn)
  giveBackLeases(number, last, known)
end
resolveEdges()
close()
return table.concat(changes)
