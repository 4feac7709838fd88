/// Where a job stands in its life.
///
/// `scheduled → ready ⇄ held → running → succeeded | failed | cancelled | expired | skipped`,
/// and `waiting` before `ready` while it waits for other jobs.
public enum JobState: String, Sendable, Codable, CaseIterable {
    /// Its time has not come yet: it was delayed, or waits for its next attempt.
    case scheduled
    /// It stands in its lane; a worker may claim it.
    case ready
    /// Over a limit, and out of its lane until the limit admits it.
    case held
    /// A worker holds it under a lease.
    case running
    /// It waits for other jobs of its graph.
    case waiting
    case succeeded
    /// It failed for good, and is kept with its payload as a dead letter.
    case failed
    case cancelled
    /// Its expiry came before a worker did.
    case expired
    /// A job it waited for ended in another way than it needed.
    case skipped

    /// Whether a job in this state has ended. Nothing but an operator's retry leaves such a state.
    // A switch, since a set would hash the raw string, and stores ask for each job.
    public var isFinished: Bool {
        switch self {
        case .scheduled, .ready, .held, .running, .waiting: false
        case .succeeded, .failed, .cancelled, .expired, .skipped: true
        }
    }

    public static let finished: Set<JobState> = [.succeeded, .failed, .cancelled, .expired, .skipped]
    public static let unfinished: Set<JobState> = [.scheduled, .ready, .held, .running, .waiting]
}
