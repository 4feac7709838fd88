-- How many jobs stand in each state, by lane; those that run are counted as ready too. One scan an index: none touches the rows with
-- their payloads, but for the oldest of each lane and for what is scheduled.
SELECT lane, 1::smallint AS state, count(*) AS number, min(ready_at) FILTER (WHERE token = 0) AS oldest FROM roost.job WHERE state = 1 GROUP BY lane
UNION ALL
SELECT lane, 0, count(*), NULL FROM roost.job WHERE state = 0 GROUP BY lane
UNION ALL
SELECT lane, state, count(*), NULL FROM roost.job WHERE state >= 4 GROUP BY state, lane
UNION ALL
SELECT lane, 5, count(*), NULL FROM roost.done GROUP BY lane
UNION ALL
SELECT j.lane, 3, count(*), NULL
FROM roost.lease l CROSS JOIN LATERAL unnest(l.members) m (id) JOIN roost.job j ON j.id = m.id AND j.token = l.token AND j.state = 1
GROUP BY j.lane
