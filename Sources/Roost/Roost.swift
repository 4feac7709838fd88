@_exported public import RoostCore

#if SQLite
@_exported public import RoostSQLite
#endif

#if Postgres
@_exported public import RoostPostgres
#endif
#if Redis
@_exported public import RoostRedis
#endif
