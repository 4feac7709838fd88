/// Why there is no connection, and whether it helps to try again.
struct ConnectFailure: Error, Sendable, Equatable {
    /// One line.
    var message: String
    /// Trying again does not help.
    var isFinal: Bool

    init(message: String, isFinal: Bool) {
        self.message = message
        self.isFinal = isFinal
    }

    /// - Parameters:
    ///   - words: of libpq, with the SQLSTATE of what the server said (`PQERRORS_VERBOSE`).
    ///   - note: what happened besides.
    init(words: String, note: String? = nil) {
        let lines = words.split(whereSeparator: \.isNewline).map { line in
            line.drop(while: \.isWhitespace)
        }
        let told = lines.filter { line in
            !["LOCATION:", "Is the server running", "This probably means"].contains { line.hasPrefix($0) }
        }
        let states = lines.compactMap { Self.state(in: $0) }
        message = told.joined(separator: ", ")
        if message.isEmpty { message = "the connection failed" }
        if let note { message += " (\(note))" }
        isFinal =
            if states.isEmpty {
                Self.finalWords.contains { words.contains($0) }
            } else {
                states.allSatisfy { Self.isFinal(state: $0) }
            }
        if Self.foreignWords.contains(where: { words.contains($0) }) {
            message += " (this is no Postgres server)"
        }
    }

    /// That of all hosts.
    init(_ failures: [ConnectFailure]) {
        var messages: [String] = []
        for failure in failures where !messages.contains(failure.message) { messages.append(failure.message) }
        message = messages.joined(separator: "; ")
        isFinal = failures.allSatisfy(\.isFinal)
    }

    /// `FATAL:  28P01: password authentication failed`, in any language.
    private static func state(in line: Substring) -> String? {
        guard let match = line.firstMatch(of: #/: {2}([0-9A-Z]{5}): /#) else { return nil }
        return String(match.1)
    }

    /// Who it is, what is asked for, and what there is: no time changes these. Limits and states of the server it does.
    static func isFinal(state: String) -> Bool {
        ["0A", "22", "28", "3D", "42"].contains(String(state.prefix(2)))
    }

    private static let foreignWords = [
        "expected authentication request", "invalid response to SSL negotiation", "unsupported frontend protocol",
    ]

    /// Of libpq itself, which gives its own failures no SQLSTATE.
    private static let finalWords =
        foreignWords + [
            "does not support SSL", "certificate", "no password supplied", "authentication method", "SCRAM", "sslmode",
            "private key", "invalid port number", "invalid integer value", "value \"", "value: \"", "could not match",
            "definition of service", "service file", "Unix-domain socket path",
        ]
}
