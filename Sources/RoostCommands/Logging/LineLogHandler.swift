import Logging
import RoostCore

/// Writes each record as one line to a ``LogSink``.
struct LineLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let format: LogFormat
    private let sink: LogSink
    private let now: @Sendable () -> Timestamp

    init(
        label: String,
        level: Logger.Level,
        format: LogFormat,
        sink: LogSink,
        now: @escaping @Sendable () -> Timestamp = { SystemTimeSource().now }
    ) {
        self.label = label
        self.logLevel = level
        self.format = format
        self.sink = sink
        self.now = now
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let metadataProvider { all.merge(metadataProvider.get()) { $1 } }
        if let metadata = event.metadata { all.merge(metadata) { $1 } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        sink.write(
            format.line(
                time: now(),
                level: event.level,
                label: label,
                message: event.message.description,
                metadata: all
            )
        )
    }
}
