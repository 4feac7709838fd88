-- The transaction of this database that sees the oldest rows.
SELECT pid, coalesce(application_name, ''), coalesce(usename::text, ''), coalesce(state, ''),
    (extract(epoch FROM clock_timestamp() - xact_start) * 1000000)::bigint
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
    AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)
ORDER BY xact_start LIMIT 1
