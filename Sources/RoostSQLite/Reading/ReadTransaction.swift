import GRDB
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One looking call on its way, within one snapshot of the database.
final class ReadTransaction {
    let db: Database
    var names: NameTable

    init(_ db: Database, names: NameTable) {
        self.db = db
        self.names = names
    }

    func query(_ sql: String) throws -> Query {
        try Query(db, sql)
    }

    func name(_ number: Int64) throws -> String {
        try names.name(number, db)
    }

    // MARK: Outcomes

    func outcome(of id: JobID) throws -> StoredOutcome? {
        let done = try query("SELECT kind, attempt, finished_at, output FROM roost_done WHERE id = ?").bind(1, id).first
        {
            StoredOutcome(
                state: .succeeded,
                output: $0.optionalData(3),
                kind: try name($0.int(0)),
                attempt: Int($0.int(1)),
                finishedAt: $0.time(2)
            )
        }
        if let done { return done }
        return try query("SELECT kind, attempt, finished_at, failure, state FROM roost_job WHERE id = ? AND state >= 5")
            .bind(1, id).first {
                StoredOutcome(
                    state: try JobState(code: $0.int(4)),
                    failure: Self.failure($0.optionalData(3)),
                    kind: try name($0.int(0)),
                    attempt: Int($0.int(1)),
                    finishedAt: $0.time(2)
                )
            }
    }

    /// How a job failed. Where that cannot be read it says so, since one row must not keep the others from whoever asks.
    static func failure(_ data: Data?) -> FailureRecord? {
        data.map { data in
            do {
                return try StoredJSON.decode(FailureRecord.self, from: data)
            } catch {
                return FailureRecord(reason: .undecodable, message: "how it ended cannot be read: \(error)")
            }
        }
    }

    func inputs(of job: JobID, from position: Int32, limit: Int) throws -> [JobInputRecord] {
        let edges = try query(
            """
            SELECT position, parent FROM roost_edge WHERE child = (SELECT seq FROM roost_job WHERE id = ?) AND position >= ?
            AND carries = 1 ORDER BY position LIMIT ?
            """
        ).bind(1, job).bind(2, Int64(position)).bind(3, limit)
            .all { (position: Int32(truncatingIfNeeded: $0.int(0)), parent: try $0.id(1)) }
        return try edges.map {
            JobInputRecord(position: $0.position, parent: $0.parent, outcome: try outcome(of: $0.parent))
        }
    }

    func attempts(of job: JobID) throws -> [AttemptRecord] {
        let rows = try query(
            """
            SELECT attempt, reason, error_type, message, stack, worker, started_at, ended_at FROM roost_attempt
            WHERE job = ? ORDER BY seq DESC LIMIT ?
            """
        ).bind(1, job).bind(2, StoreLimits.attemptsKept).all {
            AttemptRecord(
                attempt: Int($0.int(0)),
                failure: FailureRecord(
                    reason: FailureReason(rawValue: $0.text(1)) ?? .error,
                    errorType: $0.text(2),
                    message: $0.text(3),
                    stack: $0.optionalText(4)
                ),
                worker: $0.optionalInt(5).map(WorkerID.init),
                startedAt: $0.optionalTime(6),
                endedAt: $0.time(7)
            )
        }
        return rows.reversed()
    }

    // MARK: Workers

    func workers() throws -> [WorkerSnapshot] {
        try query(
            """
            SELECT id, name, host, process, version, kinds, queues, slots, started_at, heartbeat_at FROM roost_worker ORDER BY id
            """
        ).all {
            WorkerSnapshot(
                id: WorkerID($0.int(0)),
                registration: WorkerRegistration(
                    name: $0.text(1),
                    host: $0.text(2),
                    process: Int32(truncatingIfNeeded: $0.int(3)),
                    version: $0.text(4),
                    kinds: try StoredText.list($0.text(5)),
                    queues: try StoredText.list($0.text(6)),
                    slots: Int($0.int(7))
                ),
                startedAt: $0.time(8),
                heartbeatAt: $0.time(9)
            )
        }
    }

    // MARK: Counts

    func counts() throws -> [LaneCounts] {
        var lanes: [LaneKey: LaneCounts] = [:]
        func add(_ queue: Int64, _ kind: Int64, _ state: JobState, _ number: Int64, oldest: Timestamp? = nil) throws {
            let key = LaneKey(queue: try name(queue), kind: try name(kind))
            var lane = lanes[key] ?? LaneCounts(queue: key.queue, kind: key.kind, byState: [:])
            lane.byState[state, default: 0] += Int(number)
            if let oldest { lane.oldestReadyAt = oldest }
            lanes[key] = lane
        }
        // One query an index: none touches the rows with their payloads but the last, which looks at running jobs.
        for row in try laneRows("SELECT queue, kind, count(*), 1 FROM roost_job WHERE state = 1 GROUP BY 1, 2") {
            try add(row.queue, row.kind, .ready, row.number, oldest: try oldestReady(row.queue, row.kind))
        }
        for row in try tally("SELECT queue, kind FROM roost_job WHERE state = 0") {
            try add(row.queue, row.kind, .scheduled, row.number)
        }
        for row in try laneRows(
            "SELECT queue, kind, count(*), state FROM roost_job WHERE state >= 4 GROUP BY state, 1, 2"
        ) {
            try add(row.queue, row.kind, try JobState(code: row.state), row.number)
        }
        for row in try tally("SELECT queue, kind FROM roost_done") {
            try add(row.queue, row.kind, .succeeded, row.number)
        }
        for row in try running() { try add(row.queue, row.kind, .running, 1) }
        let pauses = try query("SELECT queue, kind FROM roost_pause").all { (queue: $0.int(0), kind: $0.int(1)) }
        var counts = lanes.values.sorted { ($0.queue, $0.kind) < ($1.queue, $1.kind) }
        for index in counts.indices {
            let queue = try names.number(counts[index].queue, db)
            let kind = try names.number(counts[index].kind, db)
            counts[index].isPaused = pauses.contains {
                ($0.queue == 0 || $0.queue == queue) && ($0.kind == 0 || $0.kind == kind)
            }
        }
        return counts
    }

    private struct LaneKey: Hashable {
        var queue: String
        var kind: String
    }

    private struct LaneNumbers: Hashable {
        var queue: Int64
        var kind: Int64
    }

    /// Counts rows of (queue, kind) as they come. No index has these in order, so that SQLite would sort all of them to
    /// group them: a million take 100 MB of memory, and four times as long.
    private func tally(_ sql: String) throws -> [(queue: Int64, kind: Int64, number: Int64)] {
        let rows = try query(sql)
        defer { rows.reset() }
        var numbers: [LaneNumbers: Int64] = [:]
        var lane = LaneNumbers(queue: 0, kind: 0)
        var number: Int64 = 0
        while try rows.step() {
            let next = LaneNumbers(queue: rows.int(0), kind: rows.int(1))
            // Neighbours mostly are of one lane.
            if next != lane {
                numbers[lane, default: 0] += number
                lane = next
                number = 0
            }
            number += 1
        }
        numbers[lane, default: 0] += number
        return numbers.compactMap { $1 == 0 ? nil : ($0.queue, $0.kind, $1) }
    }

    private func laneRows(_ sql: String) throws -> [(queue: Int64, kind: Int64, number: Int64, state: Int64)] {
        try query(sql).all { ($0.int(0), $0.int(1), $0.int(2), $0.int(3)) }
    }

    private func oldestReady(_ queue: Int64, _ kind: Int64) throws -> Timestamp? {
        try query("SELECT min(ready_at) FROM roost_job WHERE state = 1 AND queue = ? AND kind = ?")
            .bind(1, queue).bind(2, kind).first { $0.optionalTime(0) } ?? nil
    }

    private func running() throws -> [(queue: Int64, kind: Int64)] {
        let leases = try query("SELECT token, members FROM roost_lease").all {
            ($0.int(0), LeaseMembers.seqs($0.data(1)))
        }
        var found: [(queue: Int64, kind: Int64)] = []
        for (token, members) in leases {
            for seq in members {
                let lane = try query("SELECT queue, kind FROM roost_job WHERE seq = ? AND token = ? AND state = 3")
                    .bind(1, seq).bind(2, token).first { (queue: $0.int(0), kind: $0.int(1)) }
                if let lane { found.append(lane) }
            }
        }
        return found
    }
}
