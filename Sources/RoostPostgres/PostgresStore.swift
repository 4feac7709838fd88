public import Logging
public import RoostCore
import RoostPostgresClient

/// A store in a Postgres database, for workers on many machines and jobs enqueued within your own transactions.
///
/// ```swift
/// let queue = try await JobQueue(.postgres("postgres://localhost/app"))
/// ```
///
/// Its tables and functions have a schema of their own, `roost`, beside yours. Every call is one transaction of the server's, and takes
/// one round trip. Needs Postgres 14 or later.
public final class PostgresStore: JobStore {
    public let name: String
    public let time: any TimeSource
    let database: Database
    let lanes = LaneTable()
    let wakeUps: WakeUps
    let looks = LookBack()
    let claimCalls = ClaimCalls()

    /// Measured on two cores: 51,000 jobs a second with one, 66,000 with two, as one waits for its commit.
    public var exchangesAtOnce: Int { 2 }

    /// Connects to the server at `url`; makes the schema where there is none, and brings an older one up to date.
    ///
    /// Logs a warning of each setting of the server's by which acknowledged jobs can be lost.
    ///
    /// - Throws: `StoreError`: `unavailable`; `foreign` where the server is older than Roost needs, or the schema holds something else;
    ///   `newerSchema` where a newer Roost made it; `readOnly` where there is no schema and the server is a standby, of which jobs can
    ///   be looked at. ``InvalidPostgresStoreURL``.
    public convenience init(
        _ url: String,
        options: PostgresStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.postgres")
    ) async throws {
        var options = options
        let database = try Database(url, &options, logger: logger)
        try await self.init(database, options: options, logger: logger)
    }

    /// Connects to the server at `url`; all of the options are in it.
    ///
    /// - Throws: as ``init(_:options:logger:)``.
    package convenience init(_ url: PostgresStoreURL, logger: Logger) async throws {
        try await self.init(url.text, logger: logger)
    }

    private init(_ database: Database, options: PostgresStoreOptions, logger: Logger) async throws {
        self.name = database.name
        self.time = options.time ?? .system
        self.database = database
        self.wakeUps = WakeUps(database, listens: options.listens)
        do {
            let look = try await Migrator(database).open(migrates: options.migrates)
            look.durability.tell(logger, of: database.name)
            try await learnLanes()
        } catch {
            await database.close()
            throw error
        }
    }

    public func changes(of topics: WakeTopics) -> StoreChanges {
        wakeUps.subscribe(to: topics)
    }

    @concurrent public func close() async {
        await wakeUps.close()
        await database.close()
    }
}
