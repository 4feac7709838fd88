-- Gives back, uncharged, what a worker was handed out by claims whose answers it never had. ARGV: its number; the last token that
-- it knows; the time in µs until which the call counts, or nothing: one that comes late might find claims that are known by now.
-- Answers whether it counted, and the time.
local number, last, limit = takeNumber(), takeNumber(), takeNumber()
if limit and now > limit then return {0, now} end
giveBackLeases(number, last)
resolveEdges()
close()
return {1, now}
