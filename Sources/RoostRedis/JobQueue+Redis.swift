public import Logging
public import RoostCore

extension StoreProvider {
    /// The store on the Redis or Valkey server at `url`.
    ///
    /// ```swift
    /// let queue = try await JobQueue(.redis("redis://localhost"))
    /// ```
    ///
    /// ```
    /// redis://user:password@host:6379/0           one server; several hosts, with commas: the first that is a master
    /// rediss://host?tls-ca=ca.pem                 the same by TLS
    /// redis+unix:///run/redis.sock                a socket
    /// redis+sentinel://a:26379,b:26379/mymaster   the master that Sentinels name
    /// redis+cluster://a:7000,b:7000               a cluster
    /// ```
    ///
    /// Options follow a question mark: `namespace`, `replicas`, `accept-eviction` (see ``RedisStoreOptions``), `timeout` (seconds),
    /// `connections`, `tls-ca`, `tls-cert`, `tls-key`, `tls-verify`, `sentinel-user`, `sentinel-password`.
    ///
    /// - Parameters:
    ///   - url: what it says of the namespace, replicas and eviction holds before `options`.
    ///   - options: what no URL says, and defaults of what it may say.
    ///   - logger: where the store says what the server's settings mean for jobs, and tells of lost connections.
    public static func redis(
        _ url: String,
        options: RedisStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.redis")
    ) -> StoreProvider {
        StoreProvider { try await RedisStore(url, options: options, logger: logger) }
    }
}
