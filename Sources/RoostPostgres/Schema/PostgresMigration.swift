public import Logging
import RoostCore
import RoostPostgresClient

/// Brings the schema of a Postgres store forward, as opening the store does unless it is told not to
/// (``PostgresStoreOptions/migrates``).
///
/// ```swift
/// let migration = try await PostgresMigration.run("postgres://admin@localhost/app")
/// print("from version \(migration.from) to \(migration.to)")
/// ```
public struct PostgresMigration: Sendable, Hashable {
    /// The version that was found; 0: there was no schema.
    public let from: Int
    /// The newest version, which the schema has now.
    public let to: Int

    /// Brings the schema to the newest version, in one transaction.
    ///
    /// Programs with an older Roost that run go on; one that starts anew is refused (`newerSchema`). There is no way
    /// back but a backup.
    ///
    /// - Throws: `StoreError`: `newerSchema` where a newer Roost made it, `foreign` where it is not Roost's, `unavailable` also where
    ///   the user may make no tables; ``InvalidPostgresStoreURL``.
    public static func run(
        _ url: String,
        options: PostgresStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.postgres")
    ) async throws -> PostgresMigration {
        try await with(url, options, logger) { migrator throws(StoreError) in
            PostgresMigration(from: try await migrator.migrate().version, to: SchemaStep.newest)
        }
    }

    /// The SQL that ``run(_:options:logger:)`` would run, for whoever may make tables: one transaction, that fails where the schema
    /// has changed since. Empty where there is nothing to do.
    ///
    /// - Throws: as ``run(_:options:logger:)``.
    public static func sql(
        _ url: String,
        options: PostgresStoreOptions = .init(),
        logger: Logger = Logger(label: "roost.postgres")
    ) async throws -> String {
        try await with(url, options, logger) { migrator throws(StoreError) in
            migrator.sql(from: try await migrator.look())
        }
    }

    package static func run(_ url: PostgresStoreURL, logger: Logger) async throws -> PostgresMigration {
        try await run(url.text, logger: logger)
    }

    package static func sql(_ url: PostgresStoreURL, logger: Logger) async throws -> String {
        try await sql(url.text, logger: logger)
    }

    private static func with<Value>(
        _ url: String,
        _ options: PostgresStoreOptions,
        _ logger: Logger,
        _ body: (Migrator) async throws(StoreError) -> Value
    ) async throws -> Value {
        var options = options
        let database = try Database(url, &options, logger: logger)
        do throws(StoreError) {
            let value = try await body(Migrator(database))
            await database.client.close()
            return value
        } catch {
            await database.client.close()
            throw error
        }
    }
}
