-- Who copies the server: what it keeps for them, in bytes of its log, and in transactions whose rows are not cleaned up.
SELECT slot_name::text, true AS is_slot, active, age(xmin)::bigint,
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint END
FROM pg_replication_slots WHERE NOT temporary
UNION ALL
SELECT coalesce(application_name, ''), false, true, age(backend_xmin)::bigint, NULL
FROM pg_stat_replication WHERE backend_xmin IS NOT NULL
ORDER BY 1
