/// A job's argument was to come from an earlier job, and that left no such value behind.
public struct InputMissing: Error, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The earlier job ended otherwise than by success.
        case notSucceeded(JobState, message: String?)
        /// The failure of the earlier job was asked for, but it succeeded when it was tried again by hand.
        case succeeded
        /// It succeeded, and returned `Void`.
        case void
        /// Its outcome is no longer kept.
        case forgotten
        /// There is no such edge.
        case noParent
        /// The stored arguments are no JSON object, so that nothing can be added to them.
        case noObject
        /// Its failure cannot be written as JSON.
        case unencodable(String)
    }

    /// The name of the argument.
    public let key: String
    /// The job that the value was to come from.
    public let parent: JobID?
    /// The kind of that job, where it is known.
    public let kind: String?
    public let reason: Reason

    init(key: String, _ record: JobInputRecord? = nil, reason: Reason) {
        self.key = key
        self.parent = record?.parent
        self.kind = record?.outcome?.kind
        self.reason = reason
    }

    /// `the argument 'image' is missing: job 019a… (fetch) failed: no answer within 5 s`
    public var description: String {
        let job = parent.map { "job \($0)" } ?? "the earlier job"
        let name = kind.map { "\(job) (\($0))" } ?? job
        let cause =
            switch reason {
            case .notSucceeded(let state, let message):
                "\(name) \(state.pastTense)" + (message.map { ": \($0)" } ?? "")
            case .succeeded: "\(name) succeeded since, so there is no failure"
            case .void: "\(name) returned nothing: its kind was Void when it ran"
            case .forgotten: "the outcome of \(name) is no longer kept: give it a longer retention"
            case .noParent: "the store knows of no job that it comes from"
            case .noObject: "the stored arguments are no JSON object"
            case .unencodable(let error): "the failure of \(name) cannot be encoded: \(error)"
            }
        return "the argument '\(key)' is missing: \(cause)"
    }
}

extension JobState {
    fileprivate var pastTense: String {
        switch self {
        case .succeeded, .failed, .expired: rawValue
        case .cancelled, .skipped: "was \(rawValue)"
        case .scheduled, .ready, .held, .running, .waiting: "is \(rawValue)"
        }
    }
}
