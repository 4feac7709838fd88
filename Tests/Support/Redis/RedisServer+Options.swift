package import ProcessSupport
import TCPProxy

extension RedisServer {
    /// How a server is set up; all defaults together: an append-only file written to disk every second, no snapshots, no
    /// limit of memory, nobody asked for a password.
    package struct Options: Sendable {
        /// When the append-only file reaches the disk.
        package enum AppendOnly: String, Sendable {
            case always
            case everySecond = "everysec"
            case whenSystemLikes = "no"
        }

        package struct User: Sendable {
            package var name: String
            package var password: String
            /// What it may do, as `ACL SETUSER` has it.
            package var rules: String

            package init(_ name: String, password: String, rules: String = "~* &* +@all") {
                self.name = name
                self.password = password
                self.rules = rules
            }
        }

        /// nil: a free one.
        package var port: Int?
        /// nil: nothing outlives the process.
        package var appendOnly: AppendOnly?
        /// As the server's configuration has it: `64mb`.
        package var maxMemory: String?
        /// What is evicted then: `allkeys-lru`; nil: the server's default, nothing.
        package var maxMemoryPolicy: String?
        /// Of the user `default`.
        package var password: String?
        /// A user besides, who stands in ``RedisServer/url``; `default` may then do nothing, unless it has a password.
        package var user: User?
        /// With them it speaks TLS on its port, and nothing else.
        package var certificates: TestCertificates?
        /// Whether TLS clients must show a certificate.
        package var asksClientsForCertificate: Bool
        /// The master that it follows; without TLS.
        package var replicaOf: RedisServer?
        /// Further lines of its configuration, after all others.
        package var lines: [String]
        var role = Role.server

        enum Role: Sendable {
            case server
            case clusterNode
            /// With the lines that tell what it watches.
            case sentinel([String])
        }

        package init(
            port: Int? = nil,
            appendOnly: AppendOnly? = .everySecond,
            maxMemory: String? = nil,
            maxMemoryPolicy: String? = nil,
            password: String? = nil,
            user: User? = nil,
            certificates: TestCertificates? = nil,
            asksClientsForCertificate: Bool = false,
            replicaOf: RedisServer? = nil,
            lines: [String] = []
        ) {
            self.port = port
            self.appendOnly = appendOnly
            self.maxMemory = maxMemory
            self.maxMemoryPolicy = maxMemoryPolicy
            self.password = password
            self.user = user
            self.certificates = certificates
            self.asksClientsForCertificate = asksClientsForCertificate
            self.replicaOf = replicaOf
            self.lines = lines
        }

        /// Of a Sentinel that watches `master`, with the name and password that it asks for.
        ///
        /// - Parameters:
        ///   - quorum: how many Sentinels must find it dead.
        ///   - silence: how long it may be silent until this one does.
        package static func sentinel(
            of master: RedisServer,
            named name: String,
            quorum: Int,
            silence: Duration = .seconds(1)
        ) -> Options {
            var lines = [
                "sentinel monitor \(name) 127.0.0.1 \(master.port) \(quorum)",
                "sentinel down-after-milliseconds \(name) \(Int(silence / .milliseconds(1)))",
                "sentinel failover-timeout \(name) 3000",
                "sentinel parallel-syncs \(name) 1",
            ]
            let asked = master.options
            if let user = asked.user { lines.append("sentinel auth-user \(name) \(user.name)") }
            if let password = asked.user?.password ?? asked.password {
                lines.append("sentinel auth-pass \(name) \(password)")
            }
            var options = Options()
            options.role = .sentinel(lines)
            return options
        }
    }
}

extension RedisServer.Options {
    /// The lines of the configuration.
    func configuration(port: Int, folder: String) throws -> [String] {
        var lines = [
            "bind 127.0.0.1",
            "daemonize no",
            "dir \(folder)",
            "logfile \(folder)/log",
            "unixsocket \(folder)/s",
        ]
        if let certificates {
            lines += [
                "port 0",
                "tls-port \(port)",
                "tls-cert-file \(certificates.certificate)",
                "tls-key-file \(certificates.key)",
                "tls-ca-cert-file \(certificates.authority)",
                "tls-auth-clients \(asksClientsForCertificate ? "yes" : "no")",
            ]
        } else {
            lines.append("port \(port)")
        }
        if let password { lines.append("requirepass \(quoted(password))") }
        if let user {
            lines.append("user \(user.name) on \(quoted(">" + user.password)) \(user.rules)")
            if password == nil { lines.append("user default off") }
        }
        if case .sentinel(let watches) = role { return lines + watches + self.lines }

        lines += [
            #"save """#,
            "appendonly \(appendOnly == nil ? "no" : "yes")",
            // A replica is to follow at once, not after the five seconds in which more might come.
            "repl-diskless-sync-delay 0",
            // For tests that put the server to sleep, or fill it.
            "enable-debug-command local",
        ]
        if let appendOnly { lines.append("appendfsync \(appendOnly.rawValue)") }
        if let maxMemory { lines.append("maxmemory \(maxMemory)") }
        if let maxMemoryPolicy { lines.append("maxmemory-policy \(maxMemoryPolicy)") }
        if let replicaOf { lines.append("replicaof 127.0.0.1 \(replicaOf.port)") }
        // A master too may be told one day to follow, and then needs what it asks of others.
        let master = replicaOf?.options ?? self
        if let user = master.user { lines.append("masteruser \(user.name)") }
        if let password = master.user?.password ?? master.password { lines.append("masterauth \(quoted(password))") }
        if case .clusterNode = role {
            lines += [
                "cluster-enabled yes",
                "cluster-config-file nodes.conf",
                "cluster-node-timeout 2000",
                // By default the port and 10,000, which may be somebody else's.
                "cluster-port \(try Loopback.freePort())",
            ]
        }
        return lines + self.lines
    }

    private func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
