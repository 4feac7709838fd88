import Logging
import RoostCore
import RoostPostgresClient

@testable import RoostPostgres

/// A schema of a test's own, as migrations see it.
struct TestDatabase {
    let schema: String
    let database: Database

    init(schema: String = TestServer.newSchema()) async throws {
        self.schema = schema
        var options = PostgresStoreOptions(schema: schema)
        database = try Database(try await TestServer.shared.url(), &options, logger: Logger(label: "test"))
    }

    /// With steps after those there are.
    func migrator(_ further: String...) -> Migrator {
        var steps = SchemaStep.all
        for (number, sql) in further.enumerated() {
            steps.append(SchemaStep(SchemaStep.newest + number + 1, [Array(sql.utf8)]))
        }
        return Migrator(database, steps: steps)
    }

    /// - Parameter text: for the schema `roost`.
    @discardableResult
    func run(_ text: String) async throws -> PostgresResult {
        try await database.run(PostgresQuery(database.schema.render(text), prepared: false))
    }

    func count(_ text: String) async throws -> Int64 {
        try await run("SELECT count(*) FROM \(text)").int64(0, 0)
    }

    func close() async { await database.client.close() }
}
