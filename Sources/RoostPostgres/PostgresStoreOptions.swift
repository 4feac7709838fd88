public import RoostCore

/// How a Postgres store is opened.
public struct PostgresStoreOptions: Sendable {
    /// The Postgres schema that holds the store's tables and functions: what keeps the jobs of applications apart that share a database.
    ///
    /// 1 to 40 of the letters `a` to `z` and `A` to `Z`, digits and underscores. It begins with no digit and not with
    /// `pg_`; upper and lower case differ.
    public var schema: String
    /// Whether opening makes the schema where there is none, and brings an older one up to date; false: `roost migrate` does.
    public var migrates: Bool
    /// Whether workers and handles are woken by `LISTEN`, on a connection of their own; false: they look from time to time. Poolers that
    /// give each transaction another connection let nobody listen.
    public var listens: Bool
    /// The clocks by which leases end and jobs become due; nil: the server's. For tests.
    public var time: (any TimeSource)?

    /// Options for a store; what a URL says goes before them.
    ///
    /// ```swift
    /// let options = PostgresStoreOptions(schema: "shop")
    /// let queue = try await JobQueue(.postgres("postgres://localhost/app", options: options))
    /// ```
    ///
    /// - Parameters:
    ///   - schema: the Postgres schema for the tables and functions. Opening the store with a name that cannot be one
    ///     throws ``InvalidPostgresStoreURL``.
    ///   - migrates: whether opening makes the schema, or brings it forward.
    ///   - listens: whether workers and handles are woken by `LISTEN`.
    ///   - time: the clocks by which leases end and jobs become due; nil: the server's.
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
