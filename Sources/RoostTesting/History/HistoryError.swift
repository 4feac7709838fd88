/// A history could not be written or read.
public struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What happened, with the file and, where there is one, the line.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    public var description: String { message }
}
