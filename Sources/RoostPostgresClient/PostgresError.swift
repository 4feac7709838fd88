/// A call to the server failed.
package enum PostgresError: Error, Sendable, Equatable {
    /// No server could be connected to in time: what each host said.
    case unreachable(String)
    /// The call took longer than its time limit. `mayHaveRun`: it was on its way, and may have been done.
    case timedOut(after: Duration, mayHaveRun: Bool)
    /// The connection was lost while the call was on its way: it may have been done, and must not be sent again.
    case unknownFate(String)
    /// Other calls and sessions of this client had all of its connections for as long as the call may take: nothing was
    /// sent.
    case poolExhausted(connections: Int, after: Duration)
    /// The server refused the call; nothing of it was done.
    case server(PostgresServerError)
    /// The server, or one before it, does not let this client in, or is not what is needed.
    case refused(String)
    /// The answer is not of the shape that was asked for.
    case unexpectedAnswer(String)
    /// Rejected by the check of new connections.
    case checkFailed(any Error)
    case closed

    package static func == (left: PostgresError, right: PostgresError) -> Bool {
        "\(left)" == "\(right)"
    }
}

/// What the server said.
package struct PostgresServerError: Error, Sendable, Equatable {
    /// The five characters of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
    package let state: String
    package let message: String
    package let detail: String?
    package let hint: String?
    /// The name of the constraint, table or the like that it is about.
    package let constraint: String?

    package init(state: String, message: String, detail: String? = nil, hint: String? = nil, constraint: String? = nil)
    {
        self.state = state
        self.message = message
        self.detail = detail
        self.hint = hint
        self.constraint = constraint
    }
}
