import Foundation
import Logging
import RoostCore
import RoostPostgres
import RoostTesting
import Testing

@Suite("Jobs in a transaction of Roost's own", .timeLimit(.minutes(1)))
struct TransactionTests {
    private struct Note: Job {
        static var kind: String { "note" }
        var text: String
        func run() async throws {}
    }

    private struct Abort: Error {}

    private let schema = TestServer.newSchema()
    private let queue: JobQueue

    init() async throws {
        queue = JobQueue(store: try await TestServer.newStore(schema: schema))
        try await queue.transaction { [schema] in
            try await $0.execute("CREATE TABLE \(schema).orders (id integer PRIMARY KEY)")
        }
    }

    private func orders() async throws -> [Int] {
        try await queue.transaction { [schema] transaction in
            try await transaction.execute("SELECT id FROM \(schema).orders ORDER BY id").map { try $0.integer("id") }
        }
    }

    @Test("are there with what else it wrote, and wake who waits")
    func commits() async throws {
        let changes = queue.store.changes(of: .ready)
        let handle = try await queue.transaction { [schema] transaction in
            try await transaction.execute("INSERT INTO \(schema).orders VALUES ($1)", 5)
            return try await transaction.enqueue(Note(text: "five"))
        }
        while let topics = await changes.next(), !topics.contains(.ready) {}
        #expect(try await orders() == [5])
        #expect(try await queue.job(handle.id)?.state == .ready)
    }

    @Test("never were, where it is undone")
    func isUndone() async throws {
        await #expect(throws: Abort.self) {
            try await queue.transaction { [schema] transaction in
                try await transaction.execute("INSERT INTO \(schema).orders VALUES ($1)", 5)
                try await transaction.enqueue(Note(text: "five"))
                throw Abort()
            }
        }
        #expect(try await orders() == [])
        #expect(try await queue.counts().isEmpty)
    }

    @Test("a statement that was refused undoes it all, also where the closure makes nothing of it")
    func swallowed() async throws {
        let error = await #expect(throws: PostgresStatementError.self) {
            try await queue.transaction { [schema] transaction in
                try await transaction.execute("INSERT INTO \(schema).orders VALUES ($1)", 5)
                _ = try? await transaction.execute("INSERT INTO \(schema).orders VALUES ($1)", 5)
            }
        }
        #expect(error?.state == "25P02")
        #expect(try await orders() == [])
    }

    @Test("a key that is there already is told by its code and name")
    func conflict() async throws {
        let error = await #expect(throws: PostgresStatementError.self) {
            try await queue.transaction { [schema] transaction in
                for _ in 0..<2 { try await transaction.execute("INSERT INTO \(schema).orders VALUES ($1)", 5) }
            }
        }
        #expect(error?.state == "23505")
        #expect(error?.constraint == "orders_pkey")
    }

    @Test("a graph, many jobs, and one whose key is held")
    func shapes() async throws {
        let unique = Note(text: "once").unique(by: "once")
        let held = try await queue.enqueue(unique)
        let (many, again, chain) = try await queue.transaction { transaction in
            (
                try await transaction.enqueue((0..<3).map { Note(text: "\($0)") }),
                try await transaction.enqueue(unique),
                try await transaction.enqueue(Note(text: "first").followed(by: Note(text: "second")))
            )
        }
        #expect(Set(many.map(\.id)).count == 3)
        #expect(again.id == held.id)
        #expect(try await queue.job(chain.1.id)?.state == .waiting)
    }

    @Test("values of every type come back as they went")
    func values() async throws {
        let id = UUID()
        try await queue.transaction { transaction in
            let rows = try await transaction.execute(
                "SELECT $1::bigint AS i, $2::text AS t, $3::boolean AS b, $4::uuid AS u, $5::bytea AS d, $6::text AS n, $7::float8::text AS f",
                7,
                "zwölf",
                true,
                id,
                Data([0, 255]),
                String?.none,
                1.5
            )
            let row = try #require(rows.first)
            #expect(try row.integer("i") == 7)
            #expect(try row.text("t") == "zwölf")
            #expect(try row.boolean("b"))
            #expect(try row.uuid("u") == id)
            #expect(try row.bytes("d") == Data([0, 255]))
            #expect(try row.isNull("n"))
            #expect(try row.text("f") == "1.5")
            #expect(throws: PostgresColumnError.self) { try row.integer("t") }
            #expect(throws: PostgresColumnError.self) { try row.integer("missing") }
        }
    }

    @Test("a statement for a client of one's own stores the job with that client's transaction")
    func statement() async throws {
        let (statement, handle) = try queue.statement(enqueuing: Note(text: "five").priority(3))
        await #expect(throws: Abort.self) {
            try await queue.transaction { transaction in
                try await transaction.execute(statement.sql, statement.parameters[0])
                throw Abort()
            }
        }
        #expect(try await queue.job(handle.id) == nil)
        let rows = try await queue.transaction { try await $0.execute(statement.sql, statement.parameters[0]) }
        #expect(try rows.map { try $0.uuid("enqueue_text").uuidString.lowercased() } == [handle.id.description])
        #expect(try await queue.job(handle.id)?.priority == 3)
    }

    @Test("keep no call of the store waiting for a connection")
    func ownConnections() async throws {
        let url = try await TestServer.shared.url() + "?connections=1&timeout=10"
        let queue = JobQueue(store: try await PostgresStore(url, options: PostgresStoreOptions(schema: schema)))
        let handle = try await queue.transaction { transaction in
            try await transaction.execute("SELECT 1")
            return try await queue.enqueue(Note(text: "beside"))
        }
        #expect(try await queue.job(handle.id)?.state == .ready)
        await queue.close()
    }

    @Test("a queue of another store says so")
    func otherStore() async throws {
        let memory = JobQueue(store: MemoryStore())
        await #expect(throws: NotInPostgres.self) { try await memory.transaction { _ in } }
        #expect(throws: NotInPostgres.self) { try memory.statement(enqueuing: Note(text: "")) }
    }
}
