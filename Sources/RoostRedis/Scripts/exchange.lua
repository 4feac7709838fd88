-- Settles, then claims. ARGV: how many groups of plain jobs there are, and these (settlePlain); how many other
-- items, and these (takeItem); the number of lanes that the client knows, or nothing: it claims nothing; the claim.
--
-- Answers a byte an item (plain ones first), the changes, whether steps are left, the time, the number of lanes, the claim, or
-- nothing where the client did not know all lanes: it asks again when it does.
local answers = {}
settlePlain(answers)
for _ = 1, takeNumber() do answers[#answers + 1] = settle(takeItem()) end
resolveEdges()
local lanes, claimed = take(), false
if lanes and lanes == meta[4] then
  flush()
  claimed = claim()
end
close()
local texts = {}
for first = 1, #answers, 4000 do
  texts[#texts + 1] = string.char(unpack(answers, first, math.min(first + 3999, #answers)))
end
return {
  table.concat(texts), table.concat(changes), hasStepsLeft() and 1 or 0, now, tonumber(meta[4]), claimed,
}
