/// A call failed on its connection.
enum CallFailure: Error, Sendable {
    /// The connection was gone before: nothing was done.
    case notSent(String)
    /// The connection was lost with the call on its way.
    case lost(String)
    case server(PostgresServerError)
    case timedOut(mayHaveRun: Bool)
    case unexpectedAnswer(String)
}

/// What a failure means for the call.
enum FailureJudge {
    enum Verdict: Equatable {
        case fail(PostgresError)
        /// Once more, after a while. The error is for when there is no time left.
        case again(PostgresError)
        /// The same, on a connection that is made after this, as another server may have its place now.
        case againElsewhere(PostgresError)
    }

    static func verdict(_ failure: CallFailure, _ resend: PostgresResend, timeout: Duration) -> Verdict {
        switch failure {
        case .notSent(let reason): .again(.unreachable(reason))
        case .lost(let reason):
            switch resend {
            case .safe: .again(.timedOut(after: timeout, mayHaveRun: true))
            case .never: .fail(.unknownFate(reason))
            }
        case .timedOut(let mayHaveRun): .fail(.timedOut(after: timeout, mayHaveRun: mayHaveRun))
        case .unexpectedAnswer(let problem): .fail(.unexpectedAnswer(problem))
        case .server(let error):
            switch error.state {
            // A standby, or a primary that was: nothing was done.
            case "25006": .againElsewhere(.server(error))
            case _ where isTransient(error.state): .again(.server(error))
            default: .fail(.server(error))
            }
        }
    }

    /// The transaction was undone for a reason that passes.
    static func isTransient(_ state: String) -> Bool {
        // Serialization failure, deadlock, lock not available; of poolers: starting, and too many connections.
        ["40001", "40P01", "55P03", "57P03", "53300"].contains(state)
    }

    /// It says how the server is now, and nothing of an earlier try of the call: such states, and that it only reads, lacks
    /// resources, or is told to by an operator.
    static func isOfTheMoment(_ state: String) -> Bool {
        isTransient(state) || state == "25006" || ["53", "57", "58"].contains(state.prefix(2))
    }

    /// The connection has not the prepared statements that it had, or they are of another table.
    static func forgetsStatements(_ error: PostgresServerError) -> Bool {
        switch error.state {
        // Protocol violation (of poolers), no such statement, statement exists.
        case "08P01", "26000", "42P05": true
        // "cached plan must not change result type", and whatever else is not supported: once more costs little.
        case "0A000": true
        default: false
        }
    }

    /// For a message that says itself that there is no connection.
    static func words(_ error: any Error) -> String {
        if case .unreachable(let reason) = error as? PostgresError { reason } else { "\(error)" }
    }

    /// What the check of a new connection threw: nil where a new connection may help.
    static func final(_ error: any Error) -> PostgresError? {
        guard let error = error as? PostgresError else { return .checkFailed(error) }
        switch error {
        case .unreachable, .timedOut, .unknownFate, .poolExhausted: return nil
        case .server(let server):
            let passes = isTransient(server.state) || server.state == "25006" || server.state.hasPrefix("57P")
            return passes ? nil : error
        default: return error
        }
    }
}
