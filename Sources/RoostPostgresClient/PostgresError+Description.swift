extension PostgresError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let reason): "no connection to the Postgres server: \(reason)"
        case .timedOut(let limit, true): "the Postgres server did not answer within \(limit); it may have done the call"
        case .timedOut(let limit, false): "the Postgres server did not get to the call within \(limit)"
        case .unknownFate(let reason): "it is not known whether the Postgres server did the call: \(reason)"
        case .poolExhausted(let connections, let limit):
            """
            \(connections == 1 ? "the one connection" : "all \(connections) connections") of this process \
            \(connections == 1 ? "was" : "were") in use for \(limit), by calls or transactions of its own
            """
        case .server(let error): "the Postgres server says: \(error)"
        case .refused(let reason): reason
        case .unexpectedAnswer(let problem): "the Postgres server's answer is not as expected: \(problem)"
        case .checkFailed(let error): "\(error)"
        case .closed: "the client was closed"
        }
    }
}

extension PostgresServerError: CustomStringConvertible {
    package var description: String {
        let more = [detail, hint].compactMap(\.self).map { "; \($0)" }.joined()
        return "\(message) (\(state))\(more)"
    }
}
