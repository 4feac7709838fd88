-- The oldest transaction of this database that was prepared, and waits for a commit of its own.
SELECT gid, (extract(epoch FROM clock_timestamp() - prepared) * 1000000)::bigint, count(*) OVER ()
FROM pg_prepared_xacts WHERE database = current_database() ORDER BY prepared LIMIT 1
