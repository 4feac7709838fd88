-- Of each lane the first job that is ready at a place that claims have passed.
SELECT l.lane, j.prio, j.rank, j.pos
FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bigint[]) l (lane, prio, rank, pos)
CROSS JOIN LATERAL (
    SELECT j.prio, j.rank, j.pos FROM roost.job j
    WHERE j.lane = l.lane AND j.state = 1 AND j.token = 0 AND (j.prio, j.rank, j.pos) <= (l.prio, l.rank, l.pos)
    ORDER BY j.prio, j.rank, j.pos LIMIT 1) j
