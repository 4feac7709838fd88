import RoostCore

extension ServerFacts {
    /// What is to be said of the server, in the order in which it matters.
    var findings: [StoreFinding] {
        [versionFinding, roleFinding] + durability.findings + [encryptionFinding, connectionsFinding]
    }

    private var versionFinding: StoreFinding {
        guard version < 140_000 else { return StoreFinding(.ok, "version", "Postgres \(versionText)") }
        return StoreFinding(
            .problem,
            "version",
            "Postgres \(versionText)",
            meaning: "Roost does not open a store there",
            advice: "upgrade the server to Postgres 14 or later",
            refusal: .foreign
        )
    }

    private var roleFinding: StoreFinding {
        if isStandby {
            return StoreFinding(
                .problem,
                "role",
                "a standby",
                meaning: "it takes no writes: jobs can be looked at, and neither enqueued nor run",
                advice: "name the primary; of several hosts postgres://one,two/app finds it by itself",
                refusal: .readOnly
            )
        }
        guard !isReadOnly else {
            return StoreFinding(
                .problem,
                "role",
                "a primary, with transactions that are read only",
                meaning: "jobs can be looked at, and neither enqueued nor run",
                advice: "set default_transaction_read_only = off for the server, this user and this database",
                refusal: .readOnly
            )
        }
        return StoreFinding(.ok, "role", "a primary")
    }

    private var encryptionFinding: StoreFinding {
        if isUsingTLS { return StoreFinding(.ok, "encryption", "TLS") }
        // A socket's folder, or a name of this machine.
        let isLocal =
            ["/", "@", "127."].contains { host.hasPrefix($0) } || ["localhost", "::1", ""].contains(host)
        guard !isLocal else { return StoreFinding(.ok, "encryption", "none, on this machine") }
        return StoreFinding(
            .warning,
            "encryption",
            "none",
            meaning: "whoever sits between reads the jobs, and can change them",
            advice: "set ssl = on for the server, and ?sslmode=verify-full in the URL"
        )
    }

    private var connectionsFinding: StoreFinding {
        let usable = max(1, maxConnections - reservedConnections)
        let what = "\(connections) of \(maxConnections), of which \(reservedConnections) are kept for superusers"
        guard connections * 5 >= usable * 4 else { return StoreFinding(.ok, "connections", what) }
        return StoreFinding(
            .warning,
            "connections",
            what,
            meaning: """
                who finds none left fails; a process takes up to connections= of its URL for calls (8), as many again for \
                transactions, and two more
                """,
            advice: "raise max_connections, give workers fewer, or put a pooler before the server"
        )
    }
}
