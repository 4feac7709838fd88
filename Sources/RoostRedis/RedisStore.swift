public import Logging
public import RoostCore
import RoostRedisClient

/// A store on a Redis or Valkey server, for workers on many machines.
///
/// ```swift
/// let queue = try await JobQueue(.redis("redis://localhost"))
/// ```
///
/// Every step is one script, which the server runs whole or not at all. All keys of a namespace lie on one node of a cluster.
/// Needs Redis 7.0 or Valkey 7.2, or later.
public final class RedisStore: JobStore {
    public let name: String
    public let time: any TimeSource
    let namespace: Namespace
    let options: RedisStoreOptions
    let lanes = LaneNames()
    let claimed = ClaimedJobs()
    let claimCalls = ClaimCalls()
    private let client: RedisClient
    private let wakeUps: WakeUps

    /// Measured with a delay of 1 ms each way: 110,000 jobs a second with one, 180,000 with two, 215,000 with four.
    public var exchangesAtOnce: Int { 4 }

    /// Connects to the server at `url`, and makes the namespace where there is none.
    ///
    /// Logs once what the server's settings mean for jobs: persistence, eviction, memory and replicas; and again for each server that
    /// is connected to later, and after a restart of it.
    ///
    /// - Throws: `StoreError`: `unavailable`, also where the server may drop jobs when its memory is full
    ///   (``RedisStoreOptions/acceptsEviction``); `foreign` where something else answers, or an older server than Roost needs;
    ///   `readOnly` where it is a replica; `newerSchema` where a newer Roost made the namespace; ``InvalidRedisStoreURL``.
    public convenience init(
        _ url: String,
        options: RedisStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.redis")
    ) async throws {
        var options = options
        let configuration = try RedisStoreURL.read(url, &options)
        try await self.init(configuration, options: options, logger: logger)
    }

    /// Connects to the server at `url`; all of the options are in it.
    ///
    /// - Throws: as ``init(_:options:logger:)``.
    package convenience init(_ url: RedisStoreURL, logger: Logger) async throws {
        try await self.init(url.text, logger: logger)
    }

    private init(
        _ configuration: RedisConfiguration,
        options: RedisStoreOptions,
        logger: Logger
    ) async throws(StoreError) {
        self.options = options
        self.time = options.time ?? .system
        let watch = ServerWatch(options, logger: logger)
        self.client = RedisClient(configuration, scripts: Scripts.all, logger: logger) { try await watch.look(at: $0) }
        self.namespace = Namespace(
            client,
            namespace: options.namespace,
            lanes: lanes,
            time: options.time,
            logger: logger,
            onReset: { [claimed] in claimed.removeAll() }
        )
        self.name = namespace.name
        self.wakeUps = WakeUps(client, prefix: namespace.prefix)
        try await namespace.open()
        try await nameLanes()
    }

    public func changes(of topics: WakeTopics) -> StoreChanges {
        wakeUps.subscribe(to: topics)
    }

    @concurrent public func close() async {
        wakeUps.close()
        await client.close()
    }
}
