import Foundation
import ProcessSupport
import RoostCore
import RoostPostgres
import Testing

@Suite("The SQL function roost.enqueue", .timeLimit(.minutes(1)))
struct SQLFunctionTests {
    private let schema = TestServer.newSchema()
    private let store: PostgresStore
    private let folder: TemporaryFolder
    private let url: String

    init() async throws {
        store = try await TestServer.newStore(schema: schema)
        folder = try TemporaryFolder()
        url = try await TestServer.shared.url()
    }

    private func psql(_ statements: String) async throws -> Program.Result {
        let command = [
            "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", url, "-c", statements.replacing("roost.", with: "\(schema)."),
        ]
        return try await Program(at: "/usr/bin/env", command, in: folder.path).result()
    }

    @Test("stores a job from psql, with its options, and wakes workers")
    func psql() async throws {
        let changes = store.changes(of: .ready)
        // Those of its own opening come first.
        _ = await changes.next()
        let result = try await psql(
            """
            SELECT roost.enqueue('Mailer.send', '{"to": "ada"}', '{"queue": "mail", "priority": 5, "expires": "2 hours", "headers": {"a": "b"}}')
            """
        )
        #expect(result.status == 0, "\(result.errors)")
        let id = try #require(JobID(result.output.trimmingCharacters(in: .whitespacesAndNewlines)))
        while let topics = await changes.next(), !topics.contains(.ready) {}
        let worker = try await store.register(WorkerRegistration())
        let claim = try await store.claim(ClaimRequest(queues: ["mail"], kinds: ["Mailer.send"], limit: 1), for: worker)
        let job = try #require(claim.jobs.first)
        #expect(job.id == id)
        #expect(job.priority == 5)
        #expect(job.headers == ["a": "b"])
        #expect(String(decoding: job.payload.bytes, as: UTF8.self) == #"{"to": "ada"}"#)
        #expect(job.expiresAt.map { $0 - job.enqueuedAt } == .hours(2))
    }

    @Test("is part of the transaction it is called in")
    func transaction() async throws {
        #expect(try await psql("BEGIN; SELECT roost.enqueue('k'); ROLLBACK").status == 0)
        #expect(try await store.list(JobQuery()).isEmpty)
        #expect(try await psql("BEGIN; SELECT roost.enqueue('k'); COMMIT").status == 0)
        #expect(try await store.list(JobQuery()).count == 1)
    }

    @Test("delays, moments, and keys that one job holds")
    func options() async throws {
        let result = try await psql(
            """
            SELECT roost.enqueue('k', '{}', '{"delay": 90}');
            SELECT roost.enqueue('k', '{}', '{"at": "2999-01-01T00:00:00Z"}');
            SELECT a = b AND a <> c FROM (SELECT roost.enqueue('k', '{}', '{"unique": "x"}') a, roost.enqueue('k', '{}', '{"unique": "x"}') b,
                roost.enqueue('k', '{}', '{"unique": "y"}') c) t
            """
        )
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.hasSuffix("t\n"))
        let jobs = try await store.list(JobQuery())
        #expect(jobs.filter { $0.state == .scheduled }.count == 2)
        #expect(jobs.count == 4)
    }

    @Test(
        "refuses what cannot be meant, with what to write instead",
        arguments: [
            ("'', '{}', '{}'", "a job needs a kind"), ("'k', '[]'", "the arguments of k are no object"),
            ("'k', '{}', '{\"retries\": 3}'", "there is no option retries"),
            ("'k', '{}', '{\"delay\": \"soon\"}'", "the option delay cannot be \"soon\""),
            ("'k', '{}', '{\"delay\": -1}'", "the option delay cannot be -1"),
            ("'k', '{}', '{\"delay\": 1, \"at\": \"2999-01-01\"}'", "a job has a delay or a time"),
            ("'k', '{}', '{\"queue\": \"\"}'", "a queue cannot be named"),
            ("'k', '{}', '{\"headers\": {\"a\": 1}}'", "the option headers is no object of texts"),
            ("'k', '{}', '{\"id\": \"x\"}'", "the option id cannot be"),
            ("'k', '{}', '{\"priority\": 1.5e99}'", "the option priority cannot be"),
            ("'k', '{}', '{\"at\": \"soon\"}'", "the option at cannot be"),
            ("'k', '{}', '{\"unique_for\": 5}'", "unique_for says how long a key is held"),
        ]
    )
    func refusals(call: String, message: String) async throws {
        let result = try await psql("SELECT roost.enqueue(\(call))")
        #expect(result.status != 0)
        #expect(result.errors.contains(message), "\(result.errors)")
        #expect(result.errors.contains("HINT"))
        #expect(try await store.list(JobQuery()).isEmpty)
    }

    @Test("is called from Python's psycopg, within the connection's transaction")
    func psycopg() async throws {
        let source = """
            import sys, psycopg
            from psycopg.types.json import Jsonb
            url, schema = sys.argv[1:]
            with psycopg.connect(url) as connection:
                kept = connection.execute(
                    f"SELECT {schema}.enqueue(%s, %s, %s)",
                    ("report", Jsonb({"year": 2026, "name": "Zo\\u00eb"}), Jsonb({"delay": "10 minutes"})),
                ).fetchone()[0]
            try:
                with psycopg.connect(url) as connection:
                    connection.execute(f"SELECT {schema}.enqueue('report')")
                    raise KeyError()
            except KeyError:
                pass
            print(kept)
            """
        // Debian's own has the driver by its package; another may come first on the PATH.
        let python = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") ? "/usr/bin/python3" : "python3"
        let result = try await Program(at: "/usr/bin/env", [python, "-c", source, url, schema], in: folder.path)
            .result()
        #expect(result.status == 0, "\(result.errors)")
        let jobs = try await store.list(JobQuery())
        #expect(jobs.map(\.id.description) == [result.output.trimmingCharacters(in: .whitespacesAndNewlines)])
        #expect(jobs.first?.state == .scheduled)
        let arguments = try JSONDecoder().decode(
            [String: JSONText].self,
            from: try #require(jobs.first?.payload?.bytes)
        )
        #expect(arguments["name"]?.text == "Zoë")
    }

    /// Any value, of which only texts are looked at.
    private struct JSONText: Decodable {
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }
}
