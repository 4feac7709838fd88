-- Gives back, uncharged, what a worker was handed out by claims whose answers it never had. ARGV: its number; the token above which
-- these are; the time in µs until which the call counts, or nothing: one that comes late might find claims that are known by now;
-- the tokens above that which it knows. Answers whether it counted, and the time.
local number, last, limit = takeNumber(), takeNumber(), takeNumber()
if limit and now > limit then return {0, now} end
local known = {}
for i = at + 1, #ARGV do known[ARGV[i]] = true end
giveBackLeases(number, last, known)
resolveEdges()
close()
return {1, now}
