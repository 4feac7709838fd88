public import RoostCore

/// How a SQLite store is opened.
public struct SQLiteStoreOptions: Sendable {
    /// What a commit waits for (`PRAGMA synchronous`).
    public enum Synchronous: String, Sendable {
        /// The disk has it: no committed job is lost, even if the power fails.
        case full = "FULL"
        /// The operating system has it: the last commits may be lost if the power fails, not if the process dies.
        case normal = "NORMAL"
        /// Nothing: the file may be damaged if the power fails. For tests.
        case off = "OFF"
    }

    /// For a file that the store opens by its path. A writer of your own keeps its own setting, and GRDB's pools set
    /// `NORMAL`: set `PRAGMA synchronous = FULL` after opening it, where no job may be lost.
    public var synchronous: Synchronous
    /// How long a call waits for its turn and for the lock before it throws `busy`.
    public var busyTimeout: Duration
    /// The clocks by which leases end and jobs become due.
    public var time: any TimeSource

    public init(
        synchronous: Synchronous = .full,
        busyTimeout: Duration = .seconds(5),
        time: any TimeSource = .system
    ) {
        self.synchronous = synchronous
        self.busyTimeout = busyTimeout
        self.time = time
    }
}
