/// A call that may be tried more than once.
struct CallRetries {
    typealias Instant = ContinuousClock.Instant

    private let timeout: Duration
    private let resend: PostgresResend
    private let backoff = ReconnectBackoff.call
    let deadline: Instant
    private var failures = 0
    /// A try was lost on its way.
    private var mayHaveRun = false
    /// Why the last try that the server answered was undone.
    private var lastRefusal: PostgresError?

    init(timeout: Duration, resend: PostgresResend, now: Instant) {
        self.timeout = timeout
        self.resend = resend
        deadline = now + timeout
    }

    /// What the caller is told: that nothing was done is true of the last try alone.
    func told(_ error: PostgresError) -> PostgresError {
        guard mayHaveRun else {
            switch error {
            // A wait for a lock, or for a connection, that is begun anew for the rest of the time ends with that.
            case .timedOut(_, mayHaveRun: false), .poolExhausted: return lastRefusal ?? error
            default: return error
            }
        }
        return switch error {
        case .unreachable, .timedOut, .poolExhausted: .timedOut(after: timeout, mayHaveRun: true)
        case .server(let server) where FailureJudge.isOfTheMoment(server.state): .unknownFate("\(error)")
        default: error
        }
    }

    /// - Parameter chance: from 0 up to 1.
    /// - Returns: how long to wait before the next try, and whether that needs a connection made after this.
    mutating func next(
        after failure: CallFailure,
        now: Instant,
        chance: Double
    ) throws(PostgresError) -> (delay: Duration, isElsewhere: Bool) {
        let last: PostgresError
        let isElsewhere: Bool
        switch FailureJudge.verdict(failure, resend, timeout: timeout) {
        case .fail(let error): throw told(error)
        case .again(let error): (last, isElsewhere) = (error, false)
        case .againElsewhere(let error): (last, isElsewhere) = (error, true)
        }
        if case .lost = failure { mayHaveRun = true }
        if case .server = last { lastRefusal = last }
        failures += 1
        let delay = backoff.delay(afterFailure: failures, chance: chance)
        guard now + delay < deadline else { throw told(last) }
        return (delay, isElsewhere)
    }
}
