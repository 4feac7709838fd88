import Logging
import RoostCore
import RoostPostgresClient
import ServiceLifecycle
import Testing

@testable import RoostPostgres

private struct Count: Job {
    var number: Int

    func run() async throws -> Int { number }
}

@Suite("The schema is brought forward", .timeLimit(.minutes(2)))
struct MigratorTests {
    @Test("once, by however many open it at once")
    func concurrently() async throws {
        let schema = TestServer.newSchema()
        let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
            for _ in 0..<8 { group.addTask { try await TestServer.newStore(schema: schema) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stores.count == 8)
        for store in stores {
            let queue = JobQueue(store: store)
            try await queue.enqueue(Count(number: 1))
            await queue.close()
        }
        let database = try await TestDatabase(schema: schema)
        #expect(try await database.count("roost.meta") == 3)
        #expect(try await database.count("roost.job") == 8)
        await database.close()
    }

    @Test("a step that fails leaves the schema as it was, and so do those before it")
    func failing() async throws {
        let database = try await TestDatabase()
        try await database.migrator().migrate()
        let failing = database.migrator("CREATE TABLE roost.new (a integer);", "SELECT 1 / 0;")
        let error = await #expect(throws: StoreError.self) { try await failing.migrate() }
        #expect(error?.message.contains("division by zero") == true, "\(String(describing: error))")
        #expect(try await database.migrator().look().version == SchemaStep.newest)
        #expect(try await database.run("SELECT to_regclass('roost.new')::text").isNull(0, 0))

        let empty = try await TestDatabase()
        await #expect(throws: StoreError.self) { try await empty.migrator("SELECT 1 / 0;").migrate() }
        let look = try await empty.migrator().look()
        #expect(look.version == 0 && !look.schemaExists)
        await database.close()
        await empty.close()
    }

    @Test("a worker goes on while a newer Roost brings the schema forward, and an older one does not open it after")
    func underWork() async throws {
        let schema = TestServer.newSchema()
        let queue = JobQueue(store: try await TestServer.newStore(schema: schema))
        let database = try await TestDatabase(schema: schema)
        let newer = database.migrator(
            """
            ALTER TABLE roost.job ADD COLUMN region text;
            ALTER TABLE roost.done ADD COLUMN region text;
            CREATE INDEX job_region ON roost.job (region) WHERE region IS NOT NULL;
            """
        )
        let worker = Worker(
            queue,
            options: WorkerOptions(concurrency: 4),
            jobs: [Count.self],
            discoversJobs: false
        )
        let group = ServiceGroup(
            configuration: .init(services: [worker], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        )
        async let running: Void = group.run()

        var numbers: [Int] = []
        var migration: Task<SchemaLook, any Error>?
        for number in 0..<300 {
            if number == 100 { migration = Task { try await newer.migrate() } }
            let handle = try await queue.enqueue(Count(number: number))
            if number % 10 == 0 { numbers.append(try await handle.value()) }
        }
        #expect(try await migration?.value.version == SchemaStep.newest)
        let last = try await queue.enqueue(Count(number: 300))
        #expect(try await last.value() == 300)
        #expect(numbers == Array(stride(from: 0, to: 300, by: 10)))
        #expect(try await newer.look().version == SchemaStep.newest + 1)

        let error = await #expect(throws: StoreError.self) { try await TestServer.newStore(schema: schema) }
        #expect(error?.code == .newerSchema)
        await group.triggerGracefulShutdown()
        try await running
        await queue.close()
        await database.close()
    }

    @Test("a schema with something else in it is refused, and left alone")
    func foreign() async throws {
        for columns in ["mine (a integer)", "meta (key text, value text)", "meta (a integer)"] {
            let database = try await TestDatabase()
            try await database.run("CREATE SCHEMA \"\(database.schema)\"")
            try await database.run("CREATE TABLE roost.\(columns)")
            let error = await #expect(throws: StoreError.self) {
                try await TestServer.newStore(schema: database.schema)
            }
            #expect(error?.code == .foreign)
            #expect(error?.message.contains("schema=") == true)
            let tables = "pg_class WHERE relnamespace = '\(database.schema)'::regnamespace AND relkind = 'r'"
            #expect(try await database.count(tables) == 1)
            await database.close()
        }
    }

    @Test("an empty schema is taken, as a user may have one who may make none")
    func emptySchema() async throws {
        let database = try await TestDatabase()
        try await database.run("CREATE SCHEMA \"\(database.schema)\"")
        let store = try await TestServer.newStore(schema: database.schema)
        await store.close()
        #expect(try await database.migrator().look().version == SchemaStep.newest)
        await database.close()
    }

    @Test("what is printed runs as one transaction, and not on another version than it was printed for")
    func printed() async throws {
        let database = try await TestDatabase()
        let sql = database.migrator().sql(from: try await database.migrator().look())
        #expect(sql.hasPrefix("BEGIN;\n") && sql.hasSuffix("COMMIT;\n"))
        try await database.migrator().migrate()
        #expect(database.migrator().sql(from: try await database.migrator().look()).isEmpty)
        let further = database.migrator("SELECT 1").sql(from: try await database.migrator().look())
        #expect(!further.contains("CREATE SCHEMA"))
        #expect(further.contains("SELECT 1 / (value = '\(SchemaStep.newest)')::integer"))
        await database.close()
    }

    @Test("without leave to migrate a store says what to run")
    func migrateFalse() async throws {
        let schema = TestServer.newSchema()
        let url = try await TestServer.shared.url() + "?schema=\(schema)&migrate=false"
        let error = await #expect(throws: StoreError.self) { try await PostgresStore(url) }
        #expect(error?.message.contains("Run 'roost migrate'") == true)
        let migration = try await PostgresMigration.run(url)
        #expect(migration.from == 0 && migration.to == SchemaStep.newest)
        #expect(try await PostgresMigration.run(url).from == SchemaStep.newest)
        #expect(try await PostgresMigration.sql(url).isEmpty)
        await (try await PostgresStore(url)).close()
    }
}
