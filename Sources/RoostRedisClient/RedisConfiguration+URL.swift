extension RedisConfiguration {
    private enum Scheme {
        case servers
        case unix
        case sentinel
        case cluster

        var port: Int { self == .sentinel ? 26_379 : 6379 }
    }

    /// ```
    /// redis://[user[:password]@]host[:port][,host2[:port2]…][/database][?option=value&…]
    /// redis+unix://[user:password@]/path/to.sock[?database=2]
    /// redis+sentinel://host1:26379,host2:26379/MASTERNAME[/database]
    /// redis+cluster://host1:7000,host2:7001
    /// ```
    /// With `rediss` for `redis`: by TLS. As in any URL, `%40` stands for an at sign, `%2F` for a slash, `%3A` for a
    /// colon and `%25` for a percent sign.
    ///
    /// Options: `timeout` (seconds), `connections` (1 to 16), `tls-ca`, `tls-cert`, `tls-key` (files), `tls-verify` (full,
    /// ca or none), `sentinel-user`, `sentinel-password`; others are in ``extra``.
    package init(_ url: String) throws(InvalidRedisURL) {
        guard let mark = url.firstRange(of: "://") else {
            throw InvalidRedisURL("this is no URL of a Redis server", "write redis://localhost:6379")
        }
        let (scheme, isSecret) = try Self.scheme(url[..<mark.lowerBound].lowercased())
        var rest = url[mark.upperBound...]
        var query: Substring?
        if let question = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: question)...]
            rest = rest[..<question]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let (authority, path) = (rest[..<slash], rest[slash...])
        // What comes before an at sign may be of a password: none of it may be taken for something else, and shown.
        guard !path.contains("@"), query?.contains("@") != true else {
            throw InvalidRedisURL(
                "an at sign stands behind the host",
                "write %40 for it; in a password, write %2F for a slash and %3F for a question mark"
            )
        }
        let at = authority.lastIndex(of: "@")
        let hosts = at.map { authority[authority.index(after: $0)...] } ?? authority
        self.init(topology: try Self.topology(scheme, hosts: hosts, path: path))
        if let at { credentials = try Self.credentials(authority[..<at]) }
        if isSecret { tls = TLS() }
        database = try Self.database(scheme, path: path)
        try read(query ?? "", scheme)
    }

    private static func scheme(_ text: String) throws(InvalidRedisURL) -> (Scheme, isSecret: Bool) {
        switch text {
        case "redis": return (.servers, false)
        case "rediss": return (.servers, true)
        case "redis+unix": return (.unix, false)
        case "redis+sentinel": return (.sentinel, false)
        case "rediss+sentinel": return (.sentinel, true)
        case "redis+cluster": return (.cluster, false)
        case "rediss+cluster": return (.cluster, true)
        default:
            throw InvalidRedisURL(
                "this is no URL of a Redis server",
                "it begins with redis://, rediss:// (TLS), redis+unix://, redis+sentinel:// or redis+cluster://"
            )
        }
    }

    // MARK: Hosts and path

    private static func topology(
        _ scheme: Scheme,
        hosts: Substring,
        path: Substring
    ) throws(InvalidRedisURL) -> Topology {
        switch scheme {
        case .servers: return .servers(try addresses(hosts, scheme))
        case .cluster: return .cluster(try addresses(hosts, scheme))
        case .sentinel:
            let name = path.dropFirst().prefix { $0 != "/" }
            guard !name.isEmpty else {
                throw InvalidRedisURL(
                    "the name of the master is missing",
                    "write redis+sentinel://host:26379/mymaster, with the name that the Sentinels know it by"
                )
            }
            return .sentinel(try addresses(hosts, scheme), master: try decoded(name, "the name of the master"))
        case .unix:
            guard hosts.isEmpty else {
                throw InvalidRedisURL("a socket has no host", "write three slashes: redis+unix:///path/to.sock")
            }
            guard path.count > 1 else {
                throw InvalidRedisURL("the path of the socket is missing", "write redis+unix:///path/to.sock")
            }
            return .servers([.unix(try decoded(path, "the path of the socket"))])
        }
    }

    private static func addresses(_ text: Substring, _ scheme: Scheme) throws(InvalidRedisURL) -> [RedisAddress] {
        var addresses: [RedisAddress] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            addresses.append(try address(part, scheme))
        }
        return addresses
    }

    private static func address(_ text: Substring, _ scheme: Scheme) throws(InvalidRedisURL) -> RedisAddress {
        var name = text
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), text[end...] == "]" || text[end...].hasPrefix("]:") else {
                throw InvalidRedisURL("a bracket is not closed", "an address of IPv6 is written [::1] or [::1]:6379")
            }
            name = text[text.index(after: text.startIndex)..<end]
            if text[end...] != "]" { port = text[text.index(end, offsetBy: 2)...] }
        } else if let colon = text.firstIndex(of: ":") {
            name = text[..<colon]
            port = text[text.index(after: colon)...]
            guard port?.contains(":") == false else {
                throw InvalidRedisURL("a host has more than one colon", "an address of IPv6 is written [::1]:6379")
            }
        }
        let host = try decoded(name, "a host")
        guard !host.isEmpty else {
            throw InvalidRedisURL("a host is missing", "write redis://localhost:6379")
        }
        guard let port else { return .host(host, port: scheme.port) }
        let digits = port.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
        guard digits, let number = Int(port), (1...65_535).contains(number) else {
            throw InvalidRedisURL("the port of a host is no number from 1 to 65535", "write redis://localhost:6379")
        }
        return .host(host, port: number)
    }

    private static func database(_ scheme: Scheme, path: Substring) throws(InvalidRedisURL) -> Int {
        switch scheme {
        case .unix: return 0
        case .servers: return try database(path.dropFirst(), "write redis://localhost:6379/2")
        case .sentinel:
            let rest = path.dropFirst().drop { $0 != "/" }
            return try database(rest.dropFirst(), "write redis+sentinel://localhost:26379/mymaster/2")
        case .cluster:
            guard try database(path.dropFirst(), "leave it out") == 0 else {
                throw InvalidRedisURL("a cluster has database 0 alone", "leave it out")
            }
            return 0
        }
    }

    private static func database(_ text: Substring, _ advice: String) throws(InvalidRedisURL) -> Int {
        guard !text.isEmpty else { return 0 }
        guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }), let number = Int32(text) else {
            throw InvalidRedisURL("the database is a number from 0", advice)
        }
        return Int(number)
    }

    // MARK: User

    private static func credentials(_ text: Substring) throws(InvalidRedisURL) -> Credentials? {
        guard let colon = text.firstIndex(of: ":") else {
            throw InvalidRedisURL(
                "there is a user, or a password, but not both",
                "write redis://user:password@host, or redis://:password@host for the default user"
            )
        }
        let user = try decoded(text[..<colon], "the user")
        let password = try decoded(text[text.index(after: colon)...], "the password")
        if user.isEmpty, password.isEmpty { return nil }
        return Credentials(user: user.isEmpty ? nil : user, password: password)
    }

    // MARK: Options

    private mutating func read(_ query: Substring, _ scheme: Scheme) throws(InvalidRedisURL) {
        var sentinelUser: String?
        var sentinelPassword: String?
        var seen: Set<String> = []
        for parameter in query.split(separator: "&") {
            let name = String(parameter.prefix { $0 != "=" })
            guard name.count < parameter.count, !name.isEmpty else {
                throw InvalidRedisURL("an option has no value", "options are written ?timeout=5&connections=2")
            }
            guard seen.insert(name).inserted else {
                throw InvalidRedisURL("the option '\(name)' is there twice", "write it once")
            }
            let value = try Self.decoded(parameter.dropFirst(name.count + 1), "the option '\(name)'")
            switch name {
            case "timeout":
                guard let seconds = Double(value), seconds > 0, seconds <= 3600 else {
                    throw InvalidRedisURL("timeout cannot be '\(value)'", "it is in seconds, above 0: timeout=2.5")
                }
                timeout = .seconds(seconds)
            case "connections":
                guard let number = Int(value), (1...16).contains(number) else {
                    throw InvalidRedisURL("connections cannot be '\(value)'", "it is a number from 1 to 16")
                }
                connections = number
            case "database":
                guard scheme == .unix else {
                    throw InvalidRedisURL("the database is no option here", "write it behind the host: /2")
                }
                database = try Self.database(value[...], "write ?database=2")
            case "tls-ca", "tls-cert", "tls-key", "tls-verify":
                try readTLS(name, value)
            case "sentinel-user" where scheme == .sentinel: sentinelUser = value
            case "sentinel-password" where scheme == .sentinel: sentinelPassword = value
            case "sentinel-user", "sentinel-password":
                throw InvalidRedisURL("there is no Sentinel here", "write redis+sentinel://, or leave \(name) out")
            default: extra.append((name, value))
            }
        }
        guard (tls?.certificate == nil) == (tls?.key == nil) else {
            throw InvalidRedisURL("a certificate goes with its key", "write both tls-cert=FILE and tls-key=FILE")
        }
        if let sentinelPassword {
            sentinelCredentials = Credentials(user: sentinelUser, password: sentinelPassword)
        } else if sentinelUser != nil {
            throw InvalidRedisURL("sentinel-user has no password", "write sentinel-password too")
        }
    }

    private mutating func readTLS(_ name: String, _ value: String) throws(InvalidRedisURL) {
        guard tls != nil else {
            throw InvalidRedisURL("\(name) is of TLS, which this URL does not use", "write rediss:// for redis://")
        }
        switch name {
        case "tls-ca": tls?.authorities = value
        case "tls-cert": tls?.certificate = value
        case "tls-key": tls?.key = value
        default:
            guard let verification = TLS.Verification(rawValue: value) else {
                throw InvalidRedisURL("tls-verify cannot be '\(value)'", "it is full, ca or none")
            }
            tls?.verification = verification
        }
    }

    private static func decoded(_ text: Substring, _ what: String) throws(InvalidRedisURL) -> String {
        guard let decoded = text.removingPercentEscapes, !decoded.utf8.contains(0) else {
            throw InvalidRedisURL(
                "\(what) has a percent sign that stands for nothing",
                "a percent sign is written %25"
            )
        }
        return decoded
    }
}
