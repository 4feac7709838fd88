import Logging
import Synchronization

/// What was logged.
final class CapturedLog: Sendable {
    struct Entry: Sendable, Equatable {
        let level: Logger.Level
        let message: String
    }

    private let state = Mutex<[Entry]>([])

    var entries: [Entry] { state.withLock { $0 } }

    func entries(with text: String) -> [Entry] {
        entries.filter { $0.message.contains(text) }
    }

    var logger: Logger {
        var logger = Logger(label: "test", factory: { _ in Handler(log: self) })
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let log: CapturedLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let entry = Entry(level: event.level, message: "\(event.message)")
            log.state.withLock { $0.append(entry) }
        }
    }
}
