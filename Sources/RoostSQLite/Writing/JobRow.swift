import GRDB
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a transaction reads of a job in order to move it.
struct JobRow {
    var seq: Int64
    var id: JobID
    var queue: Int64
    var kind: Int64
    var state: JobState
    var token: Int64
    var priority: Int64
    var claims: Int64
    var attempt: Int
    var failures: Int
    var crashes: Int
    var maxCrashes: Int
    var open: Int64
    var flags: JobFlags
    var cancelRequested: Bool
    var retention: Int64
    var graph: JobID?
    var enqueuedBy: Int64
    var enqueuedAt: Timestamp
    var expires: Int64?
    var due: Timestamp?
    var delay: Int64?
    var unique: String?
    var headers: Data?
    /// The token of the last settle that was applied, so that the same one sent again is known.
    var settled: Int64?

    init(_ query: Query) throws {
        seq = query.int(0)
        id = try query.id(1)
        queue = query.int(2)
        kind = query.int(3)
        state = try JobState(code: query.int(4))
        token = query.int(5)
        priority = query.int(6)
        // Whatever stands there, one more must not trap.
        claims = query.count(7)
        attempt = Int(query.count(8))
        failures = Int(query.count(9))
        crashes = Int(query.count(10))
        maxCrashes = Int(query.count(11))
        open = query.int(12)
        flags = JobFlags(rawValue: query.int(13))
        cancelRequested = query.bool(14)
        retention = query.int(15)
        graph = query.optionalID(16)
        enqueuedBy = query.int(17)
        enqueuedAt = query.time(18)
        expires = query.optionalInt(19)
        due = query.optionalTime(20)
        delay = query.optionalInt(21)
        unique = query.optionalText(22)
        headers = query.optionalData(23)
        settled = query.optionalInt(24)
    }

    static func find(_ id: JobID, _ transaction: WriteTransaction) throws -> JobRow? {
        try transaction.query(
            """
            SELECT seq, id, queue, kind, state, token, priority, claims, attempt, failures, crashes, max_crashes, open, flags,
            cancel, retention, graph, enqueued_by, enqueued_at, expires, due, delay, uniq, headers, settled FROM roost_job WHERE id = ?
            """
        ).bind(1, id).first(JobRow.init)
    }

    static func find(seq: Int64, _ transaction: WriteTransaction) throws -> JobRow? {
        try transaction.query(
            """
            SELECT seq, id, queue, kind, state, token, priority, claims, attempt, failures, crashes, max_crashes, open, flags,
            cancel, retention, graph, enqueued_by, enqueued_at, expires, due, delay, uniq, headers, settled FROM roost_job WHERE seq = ?
            """
        ).bind(1, seq).first(JobRow.init)
    }
}
