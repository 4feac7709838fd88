import RoostCore

/// What two sessions that are open at once learned of who answers them.
struct PoolerProbe: Sendable, Equatable {
    /// The process of the server that answered, call by call.
    var processes: [Int64] = []
    /// That of another session meanwhile; nil: it was not asked.
    var other: Int64?
    /// What was said at the connection's start, which a pooler makes up.
    var announced: Int64 = 0
    /// Whether `LISTEN` holds at the next call; nil: it was not asked for.
    var hears: Bool?
    /// Why there is no `LISTEN`.
    var refusal: String?

    private enum Pooler {
        case none
        /// A session keeps its connection.
        case ofSessions
        /// A transaction keeps its connection.
        case ofTransactions
    }

    private var pooler: Pooler {
        if Set(processes).count > 1 || processes.contains(where: { $0 == other }) { return .ofTransactions }
        return processes.contains { $0 != announced } ? .ofSessions : .none
    }

    /// - Parameters:
    ///   - listens: ``PostgresStoreOptions/listens``.
    ///   - prepares: whether statements are kept prepared.
    func findings(listens: Bool, prepares: Bool) -> [StoreFinding] {
        [connectionFinding(listens: listens, prepares: prepares), wakeUpFinding(listens: listens)].compactMap(\.self)
    }

    private func connectionFinding(listens: Bool, prepares: Bool) -> StoreFinding? {
        switch pooler {
        case .none: nil
        case .ofSessions: StoreFinding(.ok, "pooler", "one that gives each session its connection")
        case .ofTransactions where listens || prepares:
            StoreFinding(
                .warning,
                "pooler",
                "one that gives each transaction another connection",
                meaning: """
                    \(listens ? "workers are not woken, and look from time to time" : "")\(listens && prepares ? "; " : "")\
                    \(prepares ? "prepared statements are missing at the next call" : "")
                    """,
                advice: "write ?prepare=false&listen=false, or go past the pooler"
            )
        case .ofTransactions:
            StoreFinding(.ok, "pooler", "one that gives each transaction another connection, as the URL says")
        }
    }

    private func wakeUpFinding(listens: Bool) -> StoreFinding? {
        let slowly = "workers and handles look from time to time"
        guard listens else { return StoreFinding(.ok, "wake-ups", "none, as listen=false: \(slowly)") }
        if let refusal {
            return StoreFinding(
                .warning,
                "wake-ups",
                "LISTEN failed: \(refusal)",
                meaning: slowly,
                advice: "look at what the server says, or write ?listen=false"
            )
        }
        guard let hears else { return nil }
        // Where one transaction's connection is another's, it may have held by chance.
        guard !hears || pooler == .ofTransactions else {
            return StoreFinding(.ok, "wake-ups", "by LISTEN and NOTIFY")
        }
        return StoreFinding(
            .warning,
            "wake-ups",
            "LISTEN does not last",
            meaning: slowly,
            advice: "write ?listen=false, or go past the pooler"
        )
    }
}
