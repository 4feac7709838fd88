import Logging
import PostgresSupport
import RoostPostgres
import Synchronization
import Testing

@Suite("A store warns of what can lose jobs", .timeLimit(.minutes(1)))
struct OpeningWarningsTests {
    @Test("once each, when it is opened")
    func warns() async throws {
        let server = try await PostgresServer.start()
        let log = WarningLog()
        let url = "\(server.url)?options=-csynchronous_commit%3Doff"
        let store = try await PostgresStore(url, logger: log.logger)
        _ = try await store.counts()
        await store.close()
        #expect(log.warnings.count == 3)
        for (warning, word) in zip(log.warnings, ["fsync off", "synchronous_commit off", "full_page_writes off"]) {
            #expect(warning.contains(word) && warning.contains("lost"), "\(warning)")
        }
    }

    @Test("and says nothing of a server that keeps them")
    func silent() async throws {
        let server = try await PostgresServer.start(.init(isDurable: true))
        let log = WarningLog()
        await (try await PostgresStore(server.url, logger: log.logger)).close()
        #expect(log.warnings.isEmpty)
    }
}

/// What was logged as a warning or worse.
private final class WarningLog: Sendable {
    private let state = Mutex<[String]>([])

    var warnings: [String] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: WarningLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            log.state.withLock { $0.append("\(event.message)") }
        }
    }
}
