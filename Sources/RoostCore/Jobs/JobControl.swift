/// Thrown by a job, or by a hook before it, to end the job as cancelled instead of failed.
///
/// ```swift
/// worker.preExecute { job in
///     if isSunday { throw CancelExecution("no jobs on Sunday") }
/// }
/// ```
public struct CancelExecution: Error, CustomStringConvertible {
    public let reason: String
    /// Whether the job is tried again by its backoff, also when it has no retries left.
    public let retry: Bool

    public init(_ reason: String = "cancelled by the job", retry: Bool = false) {
        self.reason = reason
        self.retry = retry
    }

    public var description: String { reason }
}

/// Thrown by a job to be tried again later. It does not use up one of the job's retries.
public struct RetryJob: Error, CustomStringConvertible {
    public let reason: String
    /// How long to wait; nil: as the job's backoff says.
    public let delay: Duration?

    public init(_ reason: String = "asked to be tried again", after delay: Duration? = nil) {
        self.reason = reason
        self.delay = delay
    }

    public var description: String { reason }
}
