import RoostCore

// Every claim and settle leaves a dead row behind. What keeps a vacuum from cleaning them up makes claims slower, and the disk fuller.

extension ServerFacts {
    /// From when on a transaction is in the way.
    private static let longAge = Duration.seconds(600)

    /// Whether rows that jobs leave behind are cleaned up.
    var vacuumFindings: [StoreFinding] {
        [autovacuumFinding, transactionFinding, preparedFinding].compactMap(\.self) + followerFindings
            + schema.deadRowFindings
    }

    private static let consequence = "rows that jobs leave behind stay: claims become slower, and the disk fuller"

    private var autovacuumFinding: StoreFinding {
        guard autovacuum else {
            return StoreFinding(
                .problem,
                "autovacuum",
                "off",
                meaning: Self.consequence,
                advice: "set autovacuum = on and track_counts = on in postgresql.conf, and reload the server"
            )
        }
        let tables = schema.relations.filter { $0.isTable && !$0.autovacuum }.map(\.name)
        guard !tables.isEmpty else { return StoreFinding(.ok, "autovacuum", "on") }
        return StoreFinding(
            .problem,
            "autovacuum",
            "off for \(FindingWords.list(tables))",
            meaning: Self.consequence,
            advice: "ALTER TABLE \(schema.name).\(tables[0]) RESET (autovacuum_enabled)"
        )
    }

    private var transactionFinding: StoreFinding {
        let subject = "transactions"
        guard let transaction, transaction.age >= .seconds(1) else {
            let what = seesOthers ? "none is open for long" : "none of this user's is open for long"
            let advice = seesOthers ? nil : "to see those of others: GRANT pg_read_all_stats TO \(user)"
            return StoreFinding(.ok, subject, what, advice: advice)
        }
        let about = [transaction.application, "user \(transaction.user)", transaction.state].filter { !$0.isEmpty }
        let what =
            "the oldest is open for \(FindingWords.age(transaction.age)): process \(transaction.process) "
            + "(\(about.joined(separator: ", ")))"
        guard transaction.age >= Self.longAge else { return StoreFinding(.ok, subject, what) }
        return StoreFinding(
            .warning,
            subject,
            what,
            meaning: Self.consequence + " until it ends",
            advice: """
                end it: SELECT pg_terminate_backend(\(transaction.process)); idle_in_transaction_session_timeout ends those that \
                wait for their program
                """
        )
    }

    private var preparedFinding: StoreFinding? {
        guard let prepared else { return nil }
        let what =
            "\(prepared.count) prepared, the oldest \(FindingWords.age(prepared.age)) ago: '\(prepared.oldest)'"
        guard prepared.age >= Self.longAge else { return StoreFinding(.ok, "transactions", what) }
        return StoreFinding(
            .warning,
            "transactions",
            what,
            meaning: Self.consequence + " until it is committed; a restart does not end it",
            advice: "COMMIT PREPARED or ROLLBACK PREPARED '\(prepared.oldest)'"
        )
    }

    private var followerFindings: [StoreFinding] {
        followers.map { follower in
            let parts = [
                follower.isActive ? nil : "nobody uses it",
                follower.kept.map { "keeps \(FindingWords.size($0)) of the log" },
                follower.age.map { "keeps rows of the last \($0) transactions" },
            ]
            let what =
                "\(follower.isSlot ? "slot" : "standby") \(follower.name)"
                + parts.compactMap(\.self).map { ", \($0)" }.joined()
            let holdsRows = follower.age.map { $0 > 10_000_000 || !follower.isActive } ?? false
            guard !follower.isActive || holdsRows else { return StoreFinding(.ok, "replication", what) }
            return StoreFinding(
                .warning,
                "replication",
                what,
                meaning: (follower.isActive ? [] : ["the log is kept for it until the disk is full"])
                    .appending(holdsRows ? Self.consequence : nil).joined(separator: "; "),
                advice: follower.isActive
                    ? "look at why it is behind, or set hot_standby_feedback = off there"
                    : "start what reads it, or SELECT pg_drop_replication_slot('\(follower.name)')"
            )
        }
    }
}

extension [String] {
    fileprivate func appending(_ element: String?) -> [String] { self + (element.map { [$0] } ?? []) }
}

extension SchemaFacts {
    /// A busy store has up to a minute of them at any time.
    fileprivate var deadRowFindings: [StoreFinding] {
        relations.filter { ["job", "done", "lease"].contains($0.name) }.compactMap { table in
            let vacuumed = table.vacuumed.map { "the last vacuum \(FindingWords.age($0)) ago" } ?? "no vacuum yet"
            let what = "\(table.name): \(table.deadRows) to clean up beside \(table.liveRows), \(vacuumed)"
            let isMany = table.deadRows > 100_000 && table.deadRows > table.liveRows / 2
            guard isMany, table.vacuumed.map({ $0 > .seconds(300) }) ?? true else {
                return table.deadRows > 0 || table.liveRows > 0 ? StoreFinding(.ok, "dead rows", what) : nil
            }
            return StoreFinding(
                .warning,
                "dead rows",
                what,
                meaning: "claims pass over them, and become slower",
                advice: "end what holds old rows, then VACUUM \(name).\(table.name)"
            )
        }
    }
}
