import Logging
import PostgresSupport
import ProcessSupport
import Synchronization
import Testing

@testable import RoostPostgresClient

/// A server that tests share which leave it as it is.
enum SharedServer {
    private static let server = Task { try await PostgresServer.start(.init(maxConnections: 300)) }

    static var url: String {
        get async throws { try await server.value.url }
    }
}

extension PostgresClient {
    /// Of the shared server.
    convenience init(_ options: String = "") async throws {
        try self.init(url: try await SharedServer.url + options)
    }

    convenience init(
        url: String,
        logger: Logger = silent,
        check: (@Sendable (PostgresSession) async throws -> Void)? = nil
    ) throws {
        self.init(try PostgresConfiguration(url), logger: logger, check: check)
    }

    @discardableResult
    func sql(_ texts: String..., resend: PostgresResend = .safe) async throws(PostgresError) -> [PostgresResult] {
        try await run(texts.map { PostgresQuery($0) }, resend: resend)
    }

    /// Has a connection from then on, however long that takes.
    func warm() async throws {
        try await waitUntil("there is a connection") { await failure { try await sql("SELECT 'warm'") } == nil }
    }

    func number(_ sql: String) async throws -> Int64 {
        try await self.sql(sql)[0].int64(0, 0)
    }

    func value(
        _ sql: String,
        _ fill: (inout PostgresParameters) -> Void
    ) async throws(PostgresError) -> PostgresResult {
        var parameters = PostgresParameters()
        fill(&parameters)
        return try await run([PostgresQuery(sql, parameters)])[0]
    }

    /// How many other connections of this name the server has.
    func connections(named name: String) async throws -> Int64 {
        try await number(
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE application_name = '\(name)' AND pid <> pg_backend_pid()
            """
        )
    }
}

extension PostgresSession {
    @discardableResult
    func sql(_ texts: String..., timeout: Duration? = nil) async throws(PostgresError) -> [PostgresResult] {
        try await run(texts.map { PostgresQuery($0) }, timeout: timeout)
    }
}

extension PostgresError {
    var state: String? {
        if case .server(let error) = self { error.state } else { nil }
    }
}

/// A name that no other test has: of a table, channel or application.
func newName(_ what: String = "t") -> String {
    "\(what)_\(UInt32.random(in: 0...UInt32.max))"
}

/// What something threw.
func failure(_ body: () async throws -> Void) async -> PostgresError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? PostgresError ?? .checkFailed(error)
    }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Remembers what was said.
final class Log: LogHandler {
    let words = Mutex<[String]>([])
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        words.withLock { $0.append("\(event.level): \(event.message)") }
    }
}

extension PostgresClient {
    /// Until a backend runs a statement of this text.
    func untilRunning(_ text: String, of process: Int32? = nil, named name: String? = nil) async throws {
        let which = process.map { "pid = \($0)" } ?? "application_name = '\(name ?? "")'"
        try await waitUntil("a backend runs \(text)") {
            try await number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE state = 'active' AND query LIKE '%\(text)%' AND \(which) AND pid <> pg_backend_pid()
                """
            ) > 0
        }
    }
}

/// Is set once, from any thread.
final class Flag: Sendable {
    private let state = Mutex(false)

    var value: Bool { state.withLock { $0 } }

    func set() {
        state.withLock { $0 = true }
    }
}

/// Counts, from any thread.
final class Tally: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add() {
        state.withLock { $0 += 1 }
    }
}
