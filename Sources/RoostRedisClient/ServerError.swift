/// An error reply, and what is to be done about it.
struct ServerError: Equatable {
    enum Reaction: Equatable {
        /// It is the caller's.
        case none
        /// It passes: the command did not run, and is sent again a little later.
        case retry
        /// This server cannot do it, but another can, or this one later: leave it, look for the right one, send again.
        case leave
        /// The keys are at another node.
        case moved(String)
        /// These keys are at another node for now.
        case ask(String)
        /// The script has to be loaded first.
        case load
    }

    let code: String
    let message: String

    /// - Parameter text: as the server sent it, without the minus sign.
    init(_ text: String) {
        message = text
        code = String(text.prefix { $0 != " " })
    }

    var reaction: Reaction {
        switch code {
        case "LOADING", "BUSY", "TRYAGAIN", "NOREPLICAS": .retry
        case "READONLY", "MASTERDOWN", "CLUSTERDOWN": .leave
        case "MOVED": .moved(place)
        case "ASK": .ask(place)
        case "NOSCRIPT": .load
        default: .none
        }
    }

    /// Of `MOVED 3999 127.0.0.1:6381`.
    private var place: String { String(message.split(separator: " ").dropFirst(2).first ?? "") }

    var error: RedisError { .server(code: code, message: message) }
}

extension RedisValue {
    var serverError: ServerError? {
        if case .error(let text) = self { ServerError(text) } else { nil }
    }
}
