/// When a worker claims a job that must run alone.
///
/// From its claim on the store takes a crash of the process for that job's own. So one that is handed out while others run is
/// given back, nothing is claimed until nothing runs, and then one job alone. Where something runs for too long to wait for, other
/// jobs are claimed meanwhile, and those that must run alone are left to other workers.
struct SoloTurn: Sendable {
    /// What may be claimed now.
    enum Claims: Equatable {
        case any
        /// All but those that must run alone.
        case others
        /// A single job, which may have to run alone.
        case one
        case none
    }

    private enum State {
        case open
        case awaited(since: Duration)
        case declined(until: Duration)
    }

    /// How long the worker claims nothing while others run.
    static let longestWait: Duration = .seconds(10)
    /// How long it claims others alone after that.
    static let longestDecline: Duration = .seconds(60)

    private var state = State.open

    /// One was handed out beside others, and is given back.
    mutating func gaveBack(now: Duration) {
        if case .awaited = state { return }
        state = .awaited(since: now)
    }

    /// The claim of a single job was answered.
    mutating func cameToOne() {
        state = .open
    }

    /// - Parameter isQuiet: whether nothing runs, is to run, or has ended without being on record.
    mutating func claims(isQuiet: Bool, now: Duration) -> Claims {
        switch state {
        case .open: return .any
        case .awaited where isQuiet: return .one
        case .awaited(let since) where now < since + Self.longestWait: return .none
        case .awaited:
            state = .declined(until: now + Self.longestDecline)
            return .others
        case .declined(let until) where isQuiet || now >= until:
            state = .open
            return .any
        case .declined: return .others
        }
    }

    /// When ``claims(isQuiet:now:)`` may allow more although nothing happens; nil: now already, or never.
    func deadline(isQuiet: Bool) -> Duration? {
        if case .awaited(let since) = state, !isQuiet { since + Self.longestWait } else { nil }
    }
}
