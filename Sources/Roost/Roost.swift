@_exported public import RoostCore

#if SQLite
@_exported public import RoostSQLite
#endif
