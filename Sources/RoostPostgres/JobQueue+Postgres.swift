public import Logging
public import RoostCore

extension StoreProvider {
    /// The store in the Postgres database at `url`.
    ///
    /// ```swift
    /// let queue = try await JobQueue(.postgres("postgres://localhost/app"))
    /// ```
    ///
    /// ```
    /// postgres://user:password@host:5432/database          one server
    /// postgres://one,two/database                          several: the one that takes writes
    /// postgres://host/database?sslmode=verify-full         any option of libpq; its environment variables count too
    /// host=/run/postgresql dbname=app                      as libpq writes it
    /// ```
    ///
    /// Options follow a question mark: all of libpq's, and `schema`, `migrate`, `listen` (see ``PostgresStoreOptions``), `timeout` (of a
    /// call, in seconds), `connections` (at most so many), `prepare=false` (for poolers that give each transaction another connection).
    ///
    /// - Parameters:
    ///   - url: what it says holds before `options`.
    ///   - options: what the URL does not say.
    ///   - logger: where the store tells of lost connections.
    public static func postgres(
        _ url: String,
        options: PostgresStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.postgres")
    ) -> StoreProvider {
        StoreProvider { try await PostgresStore(url, options: options, logger: logger) }
    }
}
