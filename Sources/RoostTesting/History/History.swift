public import RoostCore

/// All that is known of a run: the events of every witness, and the store as it stood when all was over.
public struct History: Sendable, Equatable {
    /// A job at the end.
    public struct FinalJob: Sendable, Equatable, Codable {
        public var id: JobID
        public var kind: String
        public var state: JobState
        public var token: Int64
        public var claims: Int
        public var attempt: Int
        public var crashes: Int

        public init(
            id: JobID,
            kind: String = "",
            state: JobState,
            token: Int64 = 0,
            claims: Int = 0,
            attempt: Int = 0,
            crashes: Int = 0
        ) {
            self.id = id
            self.kind = kind
            self.state = state
            self.token = token
            self.claims = claims
            self.attempt = attempt
            self.crashes = crashes
        }
    }

    public var events: [HistoryEvent]
    /// Every job row of the store at the end. One that stands twice is a violation of its own.
    public var final: [FinalJob]

    public init(events: [HistoryEvent] = [], final: [FinalJob] = []) {
        self.events = events
        self.final = final
    }
}
