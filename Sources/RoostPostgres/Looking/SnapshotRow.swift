import RoostCore
import RoostPostgresClient

/// A row of the view `row`.
struct SnapshotRow {
    private let result: PostgresResult
    private let row: Int

    init(_ result: PostgresResult, _ row: Int) throws(PostgresError) {
        guard result.columnCount >= 26 else { throw .unexpectedAnswer("a job of \(result.columnCount) columns") }
        self.result = result
        self.row = row
    }

    func snapshot(in lane: LaneName) throws(PostgresError) -> JobSnapshot {
        let code = try result.int64(row, 2)
        let token = try result.int64(row, 9)
        let isRunning = code == JobState.ready.code && token != 0
        guard let state = isRunning ? .running : try? JobState(code: code) else {
            throw .unexpectedAnswer("state \(code)")
        }
        return JobSnapshot(
            id: JobID(try result.id(row, 0)),
            kind: lane.kind,
            queue: lane.queue,
            state: state,
            priority: ~(try result.int32(row, 3)),
            attempt: Int(try result.int64(row, 4)),
            failures: Int(try result.int64(row, 5)),
            crashes: Int(try result.int64(row, 6)),
            claims: Int(try result.int64(row, 7)),
            graph: try result.optionalId(row, 8).map { JobID($0) },
            token: isRunning ? LeaseToken(token) : nil,
            worker: isRunning ? try result.optionalInt64(row, 10).map(WorkerID.init) : nil,
            cancelRequested: try result.bool(row, 11),
            openEdges: Int(try result.int64(row, 12)),
            enqueuedAt: Timestamp(microseconds: try result.int64(row, 13)),
            dueAt: state == .scheduled ? try time(14) : nil,
            readyAt: try time(15),
            expiresAt: try time(16),
            startedAt: try time(17),
            finishedAt: try time(18),
            payload: result.isNull(row, 21)
                ? nil
                : Payload(
                    codec: UInt8(truncatingIfNeeded: try result.int64(row, 19)),
                    keyID: try result.int32(row, 20),
                    bytes: result.data(row, 21)
                ),
            headers: StoredJSON.headers(try result.optionalText(row, 22)) ?? [:],
            enqueuedBy: try result.optionalText(row, 23) ?? "",
            output: result.isNull(row, 24) ? nil : result.data(row, 24),
            failure: state.isFinished ? try result.optionalText(row, 25).map(StoredFailure.decode) : nil
        )
    }

    private func time(_ column: Int) throws(PostgresError) -> Timestamp? {
        try result.optionalInt64(row, column).map(Timestamp.init(microseconds:))
    }
}
