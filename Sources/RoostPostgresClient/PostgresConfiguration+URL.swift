extension PostgresConfiguration {
    /// A URL of libpq, or its keywords:
    /// ```
    /// postgres://[user[:password]@][host[:port]][,host2[:port2]…][/database][?option=value&…]
    /// host=localhost dbname=jobs user=worker
    /// ```
    /// All options of libpq are options here, its environment variables and service file are read, and what is not in
    /// the URL is as libpq has it. The client's own options: `timeout` (seconds), `connections` (1 to 1000), `prepare`
    /// (`false` for a pooler of transactions); others are in ``extra``.
    package init(_ url: String) throws(InvalidPostgresURL) {
        guard !url.utf8.contains(0) else {
            throw InvalidPostgresURL("the URL holds a zero byte", "leave it out")
        }
        guard let mark = url.firstRange(of: "://"), url[..<mark.lowerBound].allSatisfy({ $0.isLetter || $0 == "+" })
        else {
            guard url.contains("=") else {
                throw InvalidPostgresURL("this is no URL of a Postgres server", Self.example)
            }
            try self.init(keywords: try ConnectionString.read(url))
            return
        }
        guard ["postgres", "postgresql"].contains(url[..<mark.lowerBound].lowercased()) else {
            throw InvalidPostgresURL("this is no URL of a Postgres server", "it begins with postgres://")
        }
        let rest = url[mark.upperBound...]
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        try Self.check(rest[..<question], query: rest[question...])

        var kept: [Substring] = []
        var others: [LibPQOptions.Option] = []
        for parameter in rest[question...].dropFirst().split(separator: "&") {
            let name = String(parameter.prefix { $0 != "=" })
            guard name.count < parameter.count, !name.isEmpty else {
                throw InvalidPostgresURL("an option has no value", "options are written ?timeout=5&connections=2")
            }
            // libpq has `ssl=true` in URLs alone.
            if LibPQOptions.known.contains(name) || name == "ssl" {
                kept.append(parameter)
            } else if let value = parameter.dropFirst(name.count + 1).removingPercentEscapes {
                others.append(.init(name: name, value: value))
            } else {
                throw Self.badEscape
            }
        }
        let query = kept.isEmpty ? "" : "?" + kept.joined(separator: "&")
        guard let options = LibPQOptions.known.parse(url: "postgres://" + rest[..<question] + query) else {
            throw Self.badEscape
        }
        try self.init(keywords: options + others)
    }

    private static let example = "write postgres://user@localhost:5432/database"
    private static let badEscape = InvalidPostgresURL(
        "libpq cannot read the URL",
        "\(example); a percent sign is written %25, an at sign %40, a slash %2F"
    )

    /// What comes before an at sign may be of a password: none of it may be taken for something else, and shown.
    private static func check(_ server: Substring, query: Substring) throws(InvalidPostgresURL) {
        let authority = server.prefix { $0 != "/" }
        guard authority.count(where: { $0 == "@" }) <= 1, !server.dropFirst(authority.count).contains("@"),
            !query.contains("@")
        else {
            throw InvalidPostgresURL(
                "an at sign stands where none can be",
                "write %40 for it; in a password, write %2F for a slash and %3F for a question mark"
            )
        }
        let hosts = authority.firstIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        for host in hosts.split(separator: ",") {
            let isAddress = host.hasPrefix("[")
            let end = isAddress ? host.firstIndex(of: "]") : host.firstIndex(of: ":") ?? host.endIndex
            guard let end else {
                throw InvalidPostgresURL("a bracket is not closed", "an address of IPv6 is written [::1] or [::1]:5432")
            }
            let port = host[end...].dropFirst(isAddress ? 1 : 0)
            guard port.isEmpty || port.hasPrefix(":") && Self.isPort(port.dropFirst()) else {
                throw InvalidPostgresURL("the port of a host is no number from 1 to 65535", example)
            }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } && UInt16(text) ?? 0 > 0
    }

    /// - Parameter keywords: libpq's and others, decoded.
    private init(keywords: [LibPQOptions.Option]) throws(InvalidPostgresURL) {
        self.init(options: keywords.filter { LibPQOptions.known.contains($0.name) })
        for option in options where option.name == "port" {
            guard option.value.split(separator: ",").allSatisfy(Self.isPort) else {
                throw InvalidPostgresURL("a port is no number from 1 to 65535", "write port=5432")
            }
        }
        for option in keywords where !LibPQOptions.known.contains(option.name) {
            let (name, value) = (option.name, option.value)
            switch name {
            case "timeout":
                guard let seconds = Double(value), seconds > 0, seconds <= 3600 else {
                    throw InvalidPostgresURL("timeout cannot be '\(value)'", "it is in seconds, above 0: timeout=2.5")
                }
                callTimeout = .seconds(seconds)
            case "connections":
                guard let number = Int(value), (1...1000).contains(number) else {
                    throw InvalidPostgresURL("connections cannot be '\(value)'", "it is a number from 1 to 1000")
                }
                maxConnections = number
            case "prepare":
                guard let flag = Bool(value) else {
                    throw InvalidPostgresURL("prepare cannot be '\(value)'", "it is true or false")
                }
                preparesStatements = flag
            default: extra.append((name, value))
            }
        }
    }
}
