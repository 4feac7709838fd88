public import RoostCore

/// All that is known of a run: the events of every witness, and the store as it stood when all was over.
///
/// ``HistoryChecker`` judges it. It can do so only if each witness tells all of what is its to tell, in these ways:
///
/// - **The journal** begins with an empty store, and has one sequence of numbers for transitions, leases, workers and actions.
///   It tells every change of a job's state, holder, `claims` or `attempt`, one step each: a job that is settled and claimed
///   again in one call goes by `ready`, one that succeeds goes from `running` to `succeeded` though the store moves its
///   row. Counters and `crashes` are those after the change. A job that a claim ended bears that claim's token, and no
///   other state but `running` bears one. A lease's `until` is in the same time as all else. An action may stand before or
///   behind what came of it, if no other change of its job lies between. Where a journal only compares what there was
///   before a call and after it, ``HistoryChecker/Options/isJournalInOrder`` is false.
/// - **Clients** tell of each call before it is made, and of the answer after it, if they live to see it; a call that is
///   sent again is a call of its own, with the same jobs. What a running job adds is a call too. `unique` is told of keys
///   that are held in every unfinished state and in no other, and is the same text for the same key of the same kind.
///   `refused` is told only where the store promised that nothing was stored.
/// - **Bodies** tell `start` first, `effect` once, and `end` on every way out (`defer`): whoever holds a claim is judged by
///   what its bodies told. The time is read before the line is written, and the line is written before the body goes on.
///   The attempt is the one that the body sees, and `worker` is told where a process has several.
/// - **Observers** tell what a handle or an event told them, after it did.
/// - **Who watches the processes** tells of a kill before it is done; of a death that only its wait shows, within five
///   seconds of it. `stopped` is told of a process that ended in order and could take its leave of the store; one that could
///   not has `died`.
/// - **The auditor** names a query by what it found, with the number of the invariant in front where there is one:
///   `9: waiting without an open edge`.
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
