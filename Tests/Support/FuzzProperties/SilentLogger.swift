import Logging

extension Logger {
    /// Thousands of jobs fail here, as they should.
    static var silent: Logger { Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() } }
}
