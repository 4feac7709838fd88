import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension WriteTransaction {
    // MARK: Workers

    /// - Parameter locked: whether the worker holds a lock for its life, so that its death can be seen.
    func register(_ worker: WorkerRegistration, as id: Int64, locked: Bool) throws {
        let insert = try query(
            """
            INSERT INTO roost_worker (id, boot, locked, name, host, process, version, kinds, queues, slots, started_at,
            heartbeat_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        )
        insert.bind(1, id).bind(2, boot).bind(3, locked).bind(4, worker.name).bind(5, worker.host)
        insert.bind(6, Int64(worker.process)).bind(7, worker.version)
        insert.bind(8, try StoredText.list(worker.kinds)).bind(9, try StoredText.list(worker.queues))
        try insert.bind(10, worker.slots).bind(11, now).bind(12, now).run()
    }

    /// Gives back what the worker holds and forgets it.
    func retire(_ worker: WorkerID) throws {
        for lease in try leases("worker = ?", worker.number) {
            for seq in lease.members {
                guard let row = try held(seq, by: lease.token) else { continue }
                if !row.cancelRequested { try note(row, to: .ready) }
                try giveBack(row)
            }
            try query("DELETE FROM roost_lease WHERE token = ?").bind(1, lease.token).run()
        }
        try query("DELETE FROM roost_worker WHERE id = ?").bind(1, worker.number).run()
        try resolveEdges()
    }

    func extend(_ tokens: [LeaseToken], of worker: WorkerID, by lease: Duration) throws -> LeaseExtension {
        try query("UPDATE roost_worker SET heartbeat_at = ? WHERE id = ?").bind(1, now).bind(2, worker.number).run()
        var answer = LeaseExtension()
        let update = try query(
            "UPDATE roost_lease SET until = ? WHERE token = ? AND worker = ? AND boot = ? AND until > ?"
        )
        for token in tokens {
            update.bind(1, uptime.addingSaturated(lease.wholeMicroseconds)).bind(2, token.number)
            try update.bind(3, worker.number).bind(4, boot).bind(5, uptime).run()
            if update.changed == 0 { answer.lost.append(token) }
        }
        answer.cancelled = try query(
            """
            SELECT id FROM roost_job WHERE cancel = 1 AND token IN (SELECT token FROM roost_lease WHERE worker = ?)
            AND state = 3 ORDER BY id
            """
        ).bind(1, worker.number).all { try $0.id(0) }
        return answer
    }

    // MARK: Crashes

    /// Takes back the jobs of leases that have ended and of `dead` workers, a step's worth.
    func reclaim(dead: Set<Int64>) throws {
        var left = StoreLimits.jobsAStep
        for lease in try leases("until <= ?1 OR boot <> '\(boot)' OR worker IN (\(Self.list(dead)))", uptime) {
            guard left > 0 else {
                hasMore = true
                break
            }
            var freed: Int64 = 0
            var isWhole = true
            for seq in lease.members {
                guard let row = try held(seq, by: lease.token) else { continue }
                guard left > 0 else {
                    isWhole = false
                    break
                }
                try crash(row, lease)
                freed += 1
                left -= 1
            }
            if isWhole {
                try query("DELETE FROM roost_lease WHERE token = ?").bind(1, lease.token).run()
            } else {
                try query("UPDATE roost_lease SET open = open - ? WHERE token = ?").bind(1, freed).bind(2, lease.token)
                    .run()
                hasMore = true
            }
        }
        if !dead.isEmpty {
            try query(
                composed: """
                    DELETE FROM roost_worker WHERE id IN (\(Self.list(dead)))
                    AND id NOT IN (SELECT worker FROM roost_lease)
                    """
            ).run()
        }
        try resolveEdges()
    }

    private func crash(_ before: JobRow, _ lease: Lease) throws {
        var row = before
        let wasSolo = row.flags.contains(.isSolo)
        row.attempt += 1
        row.crashes += 1
        row.flags.insert(.hasAttempts)
        if StoreRules.isPoison(crashes: row.crashes, maxCrashes: row.maxCrashes, wasSolo: wasSolo) {
            row.flags.insert(.isPoison)
        }
        try log(row, attempt: row.attempt, StoreRules.crashed, worker: lease.worker, startedAt: nil)
        count(.crashed, queue: row.queue, kind: row.kind)
        if row.cancelRequested { return try cancelAsAsked(row) }
        try note(row, to: .ready, reason: .crashed)
        topics.insert(.ready)
        let update = try query(
            """
            UPDATE roost_job SET state = 1, token = 0, pos = ?, ready_at = ?, attempt = ?, crashes = ?, flags = ? WHERE seq = ?
            """
        )
        update.bind(1, try nextPos()).bind(2, now).bind(3, row.attempt).bind(4, row.crashes)
        try update.bind(5, row.flags.rawValue).bind(6, row.seq).run()
    }

    // MARK: Leases

    private struct Lease {
        var token: Int64
        var worker: Int64
        var members: [Int64]
    }

    private func leases(_ condition: String, _ argument: Int64) throws -> [Lease] {
        try query(composed: "SELECT token, worker, members FROM roost_lease WHERE \(condition) ORDER BY token").bind(
            1,
            argument
        )
        .all { Lease(token: $0.int(0), worker: $0.int(1), members: LeaseMembers.seqs($0.data(2))) }
    }

    /// The job, if this lease still holds it.
    private func held(_ seq: Int64, by token: Int64) throws -> JobRow? {
        guard let row = try JobRow.find(seq: seq, self), row.token == token, row.state == .running else { return nil }
        return row
    }

    private static func list(_ numbers: Set<Int64>) -> String {
        numbers.sorted().map(String.init).joined(separator: ",")
    }
}

/// The members of a lease as its row keeps them: eight bytes each, least significant first.
enum LeaseMembers {
    static func seqs(_ data: Data) -> [Int64] {
        data.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map {
                Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self))
            }
        }
    }
}

/// Lists of names as JSON text.
enum StoredText {
    static func list(_ names: [String]) throws -> String {
        String(decoding: try StoredJSON.encode(names), as: UTF8.self)
    }

    static func list(_ text: String) throws -> [String] {
        try StoredJSON.decode([String].self, from: Data(text.utf8))
    }
}
