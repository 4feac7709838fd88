package import ProcessSupport

extension PostgresServer {
    /// How a server is set up; all defaults together: quick rather than safe from a loss of power, nobody asked for a password.
    package struct Options: Sendable {
        /// nil: a free one.
        package var port: Int?
        /// Whether what is committed is on the disk; without that a kill loses nothing, and a loss of power all.
        package var isDurable: Bool
        /// Of a standby at least as many as its primary's.
        package var maxConnections: Int
        /// Of the user `postgres`, by SCRAM; a standby has its primary's.
        package var password: String?
        /// With them it speaks TLS on its port, and nothing else.
        package var certificates: TestCertificates?
        /// Whether TLS clients must show a certificate.
        package var asksClientsForCertificate: Bool
        /// The primary that it follows, by its socket.
        package var standbyOf: PostgresServer?
        /// Further lines of its configuration, after all others.
        package var lines: [String]

        package init(
            port: Int? = nil,
            isDurable: Bool = false,
            maxConnections: Int = 100,
            password: String? = nil,
            certificates: TestCertificates? = nil,
            asksClientsForCertificate: Bool = false,
            standbyOf: PostgresServer? = nil,
            lines: [String] = []
        ) {
            self.port = port
            self.isDurable = isDurable
            self.maxConnections = maxConnections
            self.password = password
            self.certificates = certificates
            self.asksClientsForCertificate = asksClientsForCertificate
            self.standbyOf = standbyOf
            self.lines = lines
        }
    }
}

extension PostgresServer.Options {
    /// With what a standby has to have of its primary.
    var complete: Self {
        guard let primary = standbyOf?.options else { return self }
        var options = self
        options.maxConnections = max(maxConnections, primary.maxConnections)
        options.password = primary.password
        return options
    }

    /// The lines of the configuration.
    func configuration(port: Int, folder: String) -> [String] {
        var lines = [
            "listen_addresses = '127.0.0.1'",
            "port = \(port)",
            "unix_socket_directories = '\(folder)'",
            "hba_file = '\(folder)/hba.conf'",
            "max_connections = \(maxConnections)",
            "shared_buffers = 32MB",
            // What a standby that stood still has missed.
            "wal_keep_size = 64MB",
            "log_line_prefix = '%m [%p] %a '",
            "lc_messages = 'C'",
        ]
        if !isDurable { lines += ["fsync = off", "full_page_writes = off"] }
        if certificates != nil {
            lines += [
                "ssl = on",
                "ssl_cert_file = '\(folder)/server.crt'",
                "ssl_key_file = '\(folder)/server.key'",
                "ssl_ca_file = '\(folder)/ca.crt'",
            ]
        }
        return lines + self.lines
    }

    /// The lines of `pg_hba.conf`: by the socket come the test, and standbys.
    var access: [String] {
        let kind = certificates == nil ? "host" : "hostssl"
        let method = password == nil ? "trust" : "scram-sha-256"
        let shown = certificates != nil && asksClientsForCertificate ? " clientcert=verify-ca" : ""
        return [
            "local all all trust",
            "local replication all trust",
            "\(kind) all all 127.0.0.1/32 \(method)\(shown)",
            "\(kind) replication all 127.0.0.1/32 \(method)\(shown)",
        ]
    }
}
