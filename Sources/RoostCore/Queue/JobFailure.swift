/// How a job ended that did not succeed: what ``JobHandle/value(timeout:)`` throws, and what the jobs of `onFailure`
/// and of chords over ``JobOutcome`` are given.
public struct JobFailure: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    public let job: JobID
    public let kind: String
    /// `failed`, `cancelled`, `expired` or `skipped`.
    public let state: JobState
    public let reason: FailureReason
    /// The type of the error, with its module; empty where nothing was thrown.
    public let errorType: String
    public let message: String
    /// How many ends of the job were charged.
    public let attempts: Int
    /// The attempts that did not succeed, oldest first, where they were asked for.
    public let history: [AttemptRecord]

    public init(
        job: JobID,
        kind: String,
        state: JobState,
        reason: FailureReason,
        errorType: String = "",
        message: String,
        attempts: Int,
        history: [AttemptRecord] = []
    ) {
        self.job = job
        self.kind = kind
        self.state = state
        self.reason = reason
        self.errorType = errorType
        self.message = message
        self.attempts = attempts
        self.history = history
    }

    /// `job 019a… (checkCommentSpam) failed after 3 attempts: Network.Timeout: no answer within 5 s`
    public var description: String {
        let tries =
            attempts == 0 ? "without an attempt" : attempts == 1 ? "after 1 attempt" : "after \(attempts) attempts"
        let error = errorType.isEmpty ? message : "\(errorType): \(message)"
        return "job \(job) (\(kind)) \(state.rawValue) \(tries): \(error)"
    }
}

extension JobFailure {
    /// The failure that `outcome` tells of; nil where the job succeeded.
    init?(job: JobID, outcome: StoredOutcome, history: [AttemptRecord] = []) {
        guard outcome.state != .succeeded else { return nil }
        let failure = outcome.failure
        self.init(
            job: job,
            kind: outcome.kind,
            state: outcome.state,
            reason: failure?.reason ?? .error,
            errorType: failure?.errorType ?? "",
            message: failure?.message ?? "no reason was stored",
            attempts: outcome.attempt,
            history: history
        )
    }
}
