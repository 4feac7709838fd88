-- The server, as any user may see it. Of others' connections some see the database alone.
SELECT current_setting('server_version_num')::integer, current_setting('server_version'), pg_is_in_recovery(),
    current_setting('transaction_read_only')::boolean, current_setting('max_connections')::integer,
    current_setting('superuser_reserved_connections')::integer + coalesce(current_setting('reserved_connections', true)::integer, 0),
    (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend'),
    current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean,
    current_user::text, pg_has_role('pg_read_all_stats', 'USAGE'), has_database_privilege(current_database(), 'CREATE')
