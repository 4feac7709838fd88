import RoostCore
import RoostPostgresClient

/// Brings the schema of a store to the version of this Roost: each step in one transaction, one process at a time.
struct Migrator {
    private let database: Database
    private let steps: [SchemaStep]

    init(_ database: Database, steps: [SchemaStep] = SchemaStep.all) {
        self.database = database
        self.steps = steps
    }

    private var newest: Int { steps.last?.version ?? 0 }

    /// Looks at the schema, and brings it forward where it is missing or older.
    ///
    /// - Parameter migrates: false: throws where there is anything to do.
    /// - Returns: what it found.
    /// - Throws: `StoreError`.
    func open(migrates: Bool) async throws(StoreError) -> SchemaLook {
        let found = try await look()
        guard found.version != newest else { return found }
        guard migrates else {
            throw StoreError(
                .unavailable,
                found.version == 0
                    ? "\(database.name): there is no schema yet. Run 'roost migrate'."
                    : """
                    \(database.name) has schema version \(found.version), and this Roost needs \(newest). Run 'roost migrate'.
                    """
            )
        }
        try await migrate()
        return found
    }

    /// - Throws: `StoreError`: also where the schema is a newer one, or not Roost's.
    func look() async throws(StoreError) -> SchemaLook {
        let (look, hasMeta) = try await lookAround()
        guard hasMeta else { return look }
        let version = try await version()
        guard version <= newest else {
            throw StoreError(
                .newerSchema,
                """
                \(database.name) has schema version \(version), and this Roost knows up to \(newest): it was made by a newer version. \
                Upgrade this program's Roost.
                """
            )
        }
        var known = look
        known.version = version
        return known
    }

    private func version() async throws(StoreError) -> Int {
        let meta = PostgresQuery(
            database.schema.render("SELECT value::text FROM roost.meta WHERE key::text = 'schema'"),
            prepared: false
        )
        let values: PostgresResult
        do throws(StoreError) {
            values = try await database.run(meta)
        } catch {
            // A table of that name with other columns.
            throw error.code == .broken ? foreign : error
        }
        guard values.rowCount == 1,
            let version = Int(try database.read { () throws(PostgresError) in try values.text(0, 0) }), version > 0
        else { throw foreign }
        return version
    }

    /// All but the version, which is in a table.
    private func lookAround() async throws(StoreError) -> (look: SchemaLook, hasMeta: Bool) {
        // Every table has a row there, whoever may read it.
        let query = PostgresQuery(
            """
            SELECT current_setting('server_version_num')::integer, to_regclass($1) IS NOT NULL,
                EXISTS (SELECT FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid WHERE n.nspname = $2),
                EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = $2), \(DurabilitySettings.columns)
            """,
            prepared: false,
            parameters(database.schema.quoted + ".meta", database.schema.name)
        )
        let result = try await database.run(query)
        let (server, hasMeta, hasTables, look) = try database.read { () throws(PostgresError) in
            (
                try result.int64(0, 0), try result.bool(0, 1), try result.bool(0, 2),
                SchemaLook(
                    version: 0,
                    schemaExists: try result.bool(0, 3),
                    durability: try DurabilitySettings(result, from: 4)
                )
            )
        }
        guard server >= 140_000 else {
            throw StoreError(
                .foreign,
                "\(database.name) is Postgres \(server / 10_000), and Roost needs 14 or later: upgrade the server"
            )
        }
        guard hasMeta || !hasTables else { throw foreign }
        return (look, hasMeta)
    }

    private var foreign: StoreError {
        StoreError(
            .foreign,
            "\(database.name): the schema \(database.schema.quoted) holds something that is not Roost's. Name another by schema=."
        )
    }

    /// The SQL that brings such a schema forward, as one transaction; nothing where it is the newest.
    func sql(from found: SchemaLook) -> String {
        let rest = rest(after: found.version)
        guard !rest.isEmpty else { return "" }
        let parts =
            ["BEGIN"] + preparation(found) + rest.map { database.schema.render($0.sql) }
            + [noteVersion(rest[rest.count - 1].version, isNew: found.version == 0), "COMMIT"]
        return parts.map { $0.hasSuffix("\n") ? $0 : $0 + ";\n" }.joined()
    }

    /// - Returns: what it found, and made the newest.
    @discardableResult
    func migrate() async throws(StoreError) -> SchemaLook {
        var attempts = 10
        // Who waits for the lock finds another version than it saw before.
        while true {
            let found = try await look()
            let rest = rest(after: found.version)
            guard !rest.isEmpty else { return found }
            let statements =
                preparation(found) + rest.map { block(database.schema.render($0.sql)) }
                + [noteVersion(rest[rest.count - 1].version, isNew: found.version == 0)]
            do throws(StoreError) {
                try await apply(statements)
                return found
            } catch {
                attempts -= 1
                // Another process has done it meanwhile, or calls of workers were in the way.
                let helpsAgain = try await look().version != found.version || error.code == .busy
                guard helpsAgain, attempts > 0 else { throw error }
            }
        }
    }

    /// A step over millions of rows takes longer than a call.
    private static let limit = Duration.seconds(4 * 3600)

    private func apply(_ statements: [String]) async throws(StoreError) {
        let queries = statements.map { PostgresQuery($0, prepared: false) }
        do {
            try await database.client.withSession { session in
                _ = try await session.run(queries, timeout: Self.limit)
            }
        } catch {
            throw StoreError.from(error as? PostgresError ?? .checkFailed(error), at: database.name)
        }
    }

    private func rest(after version: Int) -> [SchemaStep] {
        steps.filter { $0.version > version }
    }

    private func preparation(_ found: SchemaLook) -> [String] {
        let creation = found.schemaExists ? [] : ["CREATE SCHEMA \(database.schema.quoted)"]
        return [lock, check(found.version)] + creation
    }

    /// Held until the transaction ends.
    private var lock: String {
        "SELECT pg_advisory_xact_lock(hashtext('roost migration'), hashtext('\(database.schema.name)'))"
    }

    /// Fails where the schema is another than was seen.
    private func check(_ version: Int) -> String {
        version == 0
            ? "SELECT 1 / (to_regclass('\(database.schema.quoted).meta') IS NULL)::integer"
            : database.schema.render("SELECT 1 / (value = '\(version)')::integer FROM roost.meta WHERE key = 'schema'")
    }

    /// Many statements as one, since only one can be sent with others in a transaction and one round trip.
    private func block(_ sql: String) -> String {
        """
        DO $roost_block$ BEGIN EXECUTE $roost_sql$
        \(sql)
        $roost_sql$; END $roost_block$
        """
    }

    private func noteVersion(_ version: Int, isNew: Bool) -> String {
        isNew
            ? database.schema.render(
                """
                INSERT INTO roost.meta (key, value) \
                VALUES ('schema', '\(version)'), ('namespace', '\(database.schema.name)'), ('epoch', '\(JobID())')
                """
            )
            : database.schema.render("UPDATE roost.meta SET value = '\(version)' WHERE key = 'schema'")
    }

    private func parameters(_ texts: String...) -> PostgresParameters {
        var parameters = PostgresParameters()
        for text in texts { parameters.append(text) }
        return parameters
    }
}
