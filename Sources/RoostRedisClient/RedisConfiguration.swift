/// Where the server is, and how to speak to it. From a URL: see ``init(_:)``.
package struct RedisConfiguration: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package enum Topology: Sendable, Equatable {
        /// One server, or several of which the first that is a master is used.
        case servers([RedisAddress])
        /// The master that Sentinels know by this name.
        case sentinel([RedisAddress], master: String)
        /// Nodes of a cluster; that which serves the slot of ``RedisConfiguration/hashTag`` is used.
        case cluster([RedisAddress])
    }

    package struct TLS: Sendable, Equatable {
        package enum Verification: String, Sendable, CaseIterable {
            /// The certificate, and that it is for this host.
            case full
            /// The certificate alone.
            case ca
            /// Nothing: whoever answers is believed.
            case none
        }

        package var verification = Verification.full
        /// The path of a file of certificates to trust; nil: those of the system.
        package var authorities: String?
        /// The paths of files by which this client proves who it is.
        package var certificate: String?
        package var key: String?

        package init() {}
    }

    /// Described without the password.
    package struct Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible {
        /// nil: the default user.
        package var user: String?
        package var password: String

        package init(user: String?, password: String) {
            self.user = user
            self.password = password
        }

        package var description: String { "credentials of \(user ?? "the default user")" }

        package var debugDescription: String { description }
    }

    package var topology: Topology
    package var credentials: Credentials?
    package var sentinelCredentials: Credentials?
    package var database = 0
    /// nil: bytes as they are.
    package var tls: TLS?
    /// How long a request may take, from the call to its answer.
    package var timeout = Duration.seconds(5)
    /// How many connections share the requests.
    package var connections = 1
    /// What all keys have between braces; it decides which node of a cluster serves them.
    package var hashTag = ""
    /// Options that are not the client's, for whoever made the URL.
    package var extra: [(name: String, value: String)] = []

    package init(topology: Topology) {
        self.topology = topology
    }

    package var debugDescription: String { description }

    /// As a URL, without password and options.
    package var description: String {
        let user = credentials?.user.map { "\($0)@" } ?? ""
        let s = tls == nil ? "" : "s"
        func list(_ addresses: [RedisAddress]) -> String { addresses.map(\.description).joined(separator: ",") }
        return switch topology {
        case .servers(let addresses):
            if case .unix(let path)? = addresses.first {
                "redis+unix://\(user)\(path)\(database == 0 ? "" : "?database=\(database)")"
            } else {
                "redis\(s)://\(user)\(list(addresses))/\(database)"
            }
        case .sentinel(let addresses, let master):
            "redis\(s)+sentinel://\(user)\(list(addresses))/\(master)/\(database)"
        case .cluster(let addresses): "redis\(s)+cluster://\(user)\(list(addresses))"
        }
    }
}
