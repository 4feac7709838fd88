-- What the parents of a job left behind, for edges that carry a value.
SELECT e.position, e.parent, o.state, o.lane, o.attempt, o.finished_at, o.output, o.failure
FROM roost.edge e
LEFT JOIN LATERAL (
    SELECT 5::smallint AS state, d.lane, d.attempt, d.finished_at, d.output, NULL::text AS failure
    FROM roost.done d WHERE d.id = e.parent
    UNION ALL
    SELECT j.state, j.lane, j.attempt, j.finished_at, NULL, j.failure FROM roost.job j WHERE j.id = e.parent AND j.state >= 5) o ON true
WHERE e.child = $1 AND e.position >= $2 AND e.carries AND EXISTS (SELECT FROM roost.job WHERE id = $1)
ORDER BY e.position LIMIT $3
