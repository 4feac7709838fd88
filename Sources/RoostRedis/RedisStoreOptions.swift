public import RoostCore

/// How a Redis store is opened.
public struct RedisStoreOptions: Sendable {
    /// What keeps the jobs of applications apart that share a server. All keys begin with it, in braces, so that they lie on one node
    /// of a cluster: a fleet spreads over namespaces.
    public var namespace: String
    /// Opens the store although the server may drop jobs when its memory is full: `maxmemory` is not 0, and `maxmemory-policy` is
    /// neither `noeviction` nor one of `volatile-*`, which drop keys with an expiry alone, and no job is in one.
    public var acceptsEviction: Bool
    /// How many replicas must have the jobs of an enqueue before it returns (`WAIT`); 0: none.
    public var replicas: Int
    /// The clocks by which leases end and jobs become due; nil: the server's. For tests.
    public var time: (any TimeSource)?

    public init(
        namespace: String = "roost",
        acceptsEviction: Bool = false,
        replicas: Int = 0,
        time: (any TimeSource)? = nil
    ) {
        self.namespace = namespace
        self.acceptsEviction = acceptsEviction
        self.replicas = replicas
        self.time = time
    }
}
