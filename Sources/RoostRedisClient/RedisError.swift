/// Why a call has no answer.
package enum RedisError: Error, Sendable, CustomStringConvertible {
    /// The server refused the command. What passes, as `LOADING`, only if it did not pass within the time limit.
    case server(code: String, message: String)
    /// The server, or what is behind its address, would not have us: a wrong password, a wrong certificate, a database
    /// that is not there. Trying again does not help.
    case refused(String)
    /// There was no connection within the time limit. The command was not sent.
    case unreachable(String)
    /// No answer within the time limit, to what is safe to send again.
    case timedOut(Duration)
    /// The command was sent, the answer never came, and it must not be sent again: it may have run, or not.
    case unknownFate(String)
    /// What answered is no Redis server.
    case protocolViolation(String)
    /// The connection is gone. Only for a call that is bound to one connection.
    case connectionLost(String)
    /// The client was closed.
    case closed
    /// What is done on each new connection failed.
    case checkFailed(any Error)

    package var description: String {
        switch self {
        case .server(_, let message): "the Redis server says: \(message)"
        case .refused(let reason): reason
        case .unreachable(let reason): "no connection to the Redis server: \(reason)"
        case .timedOut(let limit): "the Redis server did not answer within \(limit)"
        case .unknownFate(let reason): "it is not known whether the Redis server ran the command: \(reason)"
        case .protocolViolation(let reason): "what answers is no Redis server: \(reason)"
        case .connectionLost(let reason): "the connection to the Redis server was lost: \(reason)"
        case .closed: "the client was closed"
        case .checkFailed(let error): "\(error)"
        }
    }
}

extension RedisError {
    /// What a message adds that says itself that there is no connection.
    var whyNoConnection: String {
        if case .connectionLost(let reason) = self { reason } else { description }
    }

    /// Whether a server said it that was not ready: the command did not run, and may run later.
    package var isPassing: Bool {
        if case .server(_, let message) = self { ServerError(message).reaction != .none } else { false }
    }

    /// Whether trying again does not help.
    var isFinal: Bool {
        switch self {
        case .refused, .protocolViolation, .checkFailed: true
        case .server: !isPassing
        case .unreachable, .timedOut, .unknownFate, .connectionLost, .closed: false
        }
    }
}
