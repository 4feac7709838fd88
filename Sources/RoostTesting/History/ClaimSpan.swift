/// One claim of one job, from the transition to `running` to the one that left it.
struct ClaimSpan {
    /// How a job left `running`, as its counters and its new state tell.
    enum Ending {
        case succeeded, failed, cancelled, expired
        /// To be tried again, by its body's throw or by a hook.
        case retried
        /// Unfinished and uncharged.
        case givenBack
        /// Its lease had ended, or its process; a crash was charged.
        case takenBack
        /// In a way there is not.
        case unlawful
    }

    var token: Int64
    /// nil: no lease, or no worker, of that number is known.
    var worker: Int64?
    var process: Int32?
    /// The places of its transitions in the index.
    var began: Int
    var ended: Int?
    var ending: Ending?
    /// The first body that ran under it, by its place in the index.
    var run: Int?
    /// How many bodies ran under it.
    var runs = 0
    /// How many effects they told of.
    var effects = 0
}

/// One run of a job's body, as it told of itself.
struct BodyRun {
    /// nil: it told an effect or an end without a start.
    var start: HistoryEvent.BodyEvent?
    var effects: [HistoryEvent.BodyEvent] = []
    var end: HistoryEvent.BodyEvent?
    /// The claim under which it ran, by its place in the index; nil: its process had none.
    var claim: Int?

    var events: [HistoryEvent] {
        ([start] + effects + [end]).compactMap { $0 }.map { .body($0) }
    }
}
