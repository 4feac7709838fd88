public import RoostCore

/// How a Postgres store is opened.
public struct PostgresStoreOptions: Sendable {
    /// The Postgres schema that holds the store's tables and functions: what keeps the jobs of applications apart that share a database.
    /// Letters, digits and underscores.
    public var schema: String
    /// Whether opening makes the schema where there is none, and brings an older one up to date; false: `roost migrate` does.
    public var migrates: Bool
    /// Whether workers and handles are woken by `LISTEN`, on a connection of their own; false: they look from time to time. Poolers that
    /// give each transaction another connection let nobody listen.
    public var listens: Bool
    /// The clocks by which leases end and jobs become due; nil: the server's. For tests.
    public var time: (any TimeSource)?

    public init(
        schema: String = "roost",
        migrates: Bool = true,
        listens: Bool = true,
        time: (any TimeSource)? = nil
    ) {
        self.schema = schema
        self.migrates = migrates
        self.listens = listens
        self.time = time
    }
}
