/// What makes a job a duplicate of another one of its kind.
public struct Uniqueness: Sendable, Equatable {
    /// Jobs of one kind with the same key are duplicates; nil: those with the same arguments.
    public var key: String?
    /// How long after a job was enqueued it counts, in any of ``states``; nil: without limit.
    public var period: Duration?
    /// The states in which an earlier job counts.
    public var states: Set<JobState>

    public init(key: String? = nil, period: Duration? = nil, states: Set<JobState>? = nil) {
        self.key = key
        self.period = period
        // A period outlives the job by intent: five minutes after a welcome mail there is no second one.
        self.states = states ?? (period == nil ? JobState.unfinished : JobState.unfinished.union([.succeeded]))
    }

    func validate() throws(InvalidJobOption) {
        if let key, key.isEmpty {
            throw InvalidJobOption("unique", "the key is empty", "all jobs of the kind would be duplicates")
        }
        if let key, key.utf8.count > 1024 {
            throw InvalidJobOption("unique", "the key has \(key.utf8.count) bytes", "at most 1,024 are kept")
        }
        if let period, period <= .zero || period > JobOptions.longest {
            throw InvalidJobOption("unique", "the period is \(period)", "it must be above zero, at most 100 years")
        }
        if states.isEmpty {
            throw InvalidJobOption("unique", "there is no state", "with no state in which it counts nothing is unique")
        }
    }
}
