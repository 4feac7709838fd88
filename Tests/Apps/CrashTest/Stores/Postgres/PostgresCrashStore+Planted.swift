import RoostCore

extension PostgresCrashStore {
    private static let orphan = "999999"

    func plant(_ fault: PlantedFault) async throws -> [String] {
        if fault == .orphan {
            try ask(
                "INSERT INTO roost.lease (token, worker, until, open, members) VALUES (\(Self.orphan), 0, 0, 1, '{}')"
            )
            return [Self.orphan]
        }
        let one = """
            (SELECT id FROM roost.job WHERE state = \(fault.needsEnds ? 6 : 1) AND token = 0 AND flags & 1 = 0 AND crashes = 0
            ORDER BY id LIMIT 1 FOR UPDATE)
            """
        let rows =
            switch fault {
            case .loss: try ask("DELETE FROM roost.job WHERE id = \(one) RETURNING id")
            case .miscount: try ask("UPDATE roost.job SET claims = claims + 1 WHERE id = \(one) RETURNING id")
            case .resurrection, .orphan:
                try ask(
                    """
                    UPDATE roost.job SET state = 1, finished_at = NULL, prune_at = NULL, ready_at = enqueued_at
                    WHERE id = \(one) RETURNING id
                    """
                )
            }
        return try rows.map { row in
            guard let id = JobID(row[0]) else { throw UnreadableStore(what: "an id '\(row[0])'") }
            return id.description
        }
    }

    /// Puts each question's plant in, asks it, and takes the plant out again, so that nobody else sees it.
    func deafQuestions() async throws -> [String] {
        var deaf: [String] = []
        for question in PostgresAudit.questions + PostgresAudit.lastQuestions {
            guard let plant = PostgresAudit.plants[question.name] else {
                deaf.append("\(question.name) (it has no plant)")
                continue
            }
            let count = "SELECT count(*) > 0 FROM (\(question.sql)) q;"
            let heard = try ask("BEGIN; \(count) \(plant) \(count) ROLLBACK;")
            if heard != [["f"], ["t"]] { deaf.append(question.name) }
        }
        return deaf
    }

    func mend(_ fault: PlantedFault) async throws {
        guard fault == .orphan else { return }
        try ask("DELETE FROM roost.lease WHERE token = \(Self.orphan)")
    }
}
