import ArgumentParser
import Logging

/// What is logged, how, and where to.
struct LogOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The least level to log.", valueName: "level"))
    var logLevel = LogLevel.info

    @Option(help: ArgumentHelp("How a line is written: for people, or as one JSON object.", valueName: "format"))
    var logFormat = LogFormat.text

    @Option(
        help: ArgumentHelp(
            "Append to this file instead of writing to standard error. SIGHUP opens it again, for log rotation.",
            valueName: "path"
        )
    )
    var logFile: String?

    /// Opens where the log goes.
    func sink() throws(CommandError) -> LogSink {
        if let logFile { try LogSink(path: logFile) } else { .standardError }
    }

    func handler(label: String, sink: LogSink) -> LineLogHandler {
        LineLogHandler(label: label, level: logLevel.level, format: logFormat, sink: sink)
    }
}

/// A log level by its name.
enum LogLevel: String, CaseIterable, ExpressibleByArgument, Sendable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
