-- How jobs ended, as far as they did.
SELECT d.id, 5::smallint AS state, d.lane, d.attempt, d.finished_at, d.output, NULL::text AS failure
FROM roost.done d WHERE d.id = ANY ($1)
UNION ALL
SELECT j.id, j.state, j.lane, j.attempt, j.finished_at, NULL, j.failure
FROM roost.job j WHERE j.id = ANY ($1) AND j.state >= 5
