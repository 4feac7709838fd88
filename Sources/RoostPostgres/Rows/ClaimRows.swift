import RoostCore
import RoostPostgresClient

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The rows that a claim answers, a job each: the columns of the type `claimed`.
struct ClaimRows {
    private let result: PostgresResult

    init(_ result: PostgresResult) throws(PostgresError) {
        guard result.columnCount == 23 else { throw .unexpectedAnswer("a claim of \(result.columnCount) columns") }
        self.result = result
    }

    var count: Int { result.rowCount }

    var isCut: Bool {
        get throws(PostgresError) { count > 0 ? try result.bool(0, 0) : false }
    }

    var token: LeaseToken? {
        get throws(PostgresError) { count > 0 ? LeaseToken(try result.int64(0, 1)) : nil }
    }

    func lane(_ row: Int) throws(PostgresError) -> Int64 {
        try result.int64(row, 3)
    }

    /// Of each lane the place of the last job.
    func lastPlaces() throws(PostgresError) -> [Int64: LanePlace] {
        var last: [Int64: LanePlace] = [:]
        for row in 0..<count {
            let place = LanePlace(
                prio: try result.int32(row, 6),
                rank: try result.int64(row, 7),
                pos: try result.int64(row, 8)
            )
            last[try lane(row)] = place
        }
        return last
    }

    func job(_ row: Int, in lane: LaneName) throws(PostgresError) -> ClaimedJob {
        let headers = StoredJSON.headers(try result.optionalText(row, 21))
        let code = try result.int16(row, 4)
        let flags = JobFlags(rawValue: try result.int32(row, 13))
        guard let verdict = try? ClaimedJob.Verdict(code: code) else { throw .unexpectedAnswer("verdict \(code)") }
        return ClaimedJob(
            id: JobID(try result.id(row, 2)),
            token: LeaseToken(try result.int64(row, 1)),
            // Whatever stands there must not keep the claim from the others.
            verdict: verdict == .run && headers == nil ? .unreadable : verdict,
            kind: lane.kind,
            queue: lane.queue,
            priority: ~(try result.int32(row, 6)),
            attempt: Int(try result.int32(row, 9)),
            failures: Int(try result.int32(row, 10)),
            crashes: Int(try result.int32(row, 11)),
            claims: Int(try result.int64(row, 12)),
            isSolo: try result.bool(row, 5),
            hasInputs: flags.contains(.hasInputs),
            graph: try result.optionalId(row, 14).map { JobID($0) },
            payload: Payload(
                codec: UInt8(truncatingIfNeeded: try result.int16(row, 15)),
                keyID: try result.int32(row, 16),
                bytes: result.data(row, 22)
            ),
            options: result.isNull(row, 20) ? nil : result.data(row, 20),
            headers: headers ?? [:],
            enqueuedAt: Timestamp(microseconds: try result.int64(row, 17)),
            readyAt: Timestamp(microseconds: try result.int64(row, 18)),
            expiresAt: try result.optionalInt64(row, 19).map(Timestamp.init(microseconds:))
        )
    }
}

extension PostgresResult {
    func data(_ row: Int, _ column: Int) -> Data {
        withBytes(row, column) { Data($0) }
    }
}
