/// Where a server listens.
package enum RedisAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or number of a machine; that of IPv6 without its brackets.
    case host(String, port: Int)
    /// The path of a socket.
    case unix(String)

    package var description: String {
        switch self {
        case .host(let name, let port): name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
        case .unix(let path): path
        }
    }
}

extension RedisAddress {
    /// `host:port` as a server writes it in MOVED and ASK: the last colon parts them, also for IPv6, without brackets.
    ///
    /// - Parameter known: the server that says so; an empty host means its own.
    init?(said text: some StringProtocol, by known: RedisAddress) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else { return nil }
        self.init(host: String(text[..<colon]), port: port, by: known)
    }

    init?(host: String, port: Int, by known: RedisAddress) {
        guard (1...65_535).contains(port) else { return nil }
        if !host.isEmpty, host != "?" {
            self = .host(host, port: port)
        } else if case .host(let name, _) = known {
            self = .host(name, port: port)
        } else {
            return nil
        }
    }
}
