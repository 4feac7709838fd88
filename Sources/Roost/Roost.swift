@_exported public import RoostCore

#if SQLite
@_exported public import RoostSQLite
#endif

#if Redis
@_exported public import RoostRedis
#endif
