import RoostCore
import RoostPostgresClient

/// The changes beside what a call is about: the last six columns of its first row, an array each, which are null where there are none.
struct ChangeRows {
    var jobs: [(high: UInt64, low: UInt64)] = []
    var lanes: [Int64] = []
    private var was: [Int64] = []
    private var became: [Int64] = []
    private var reasons: [String?] = []
    private var attempts: [Int64] = []

    init(_ result: PostgresResult) throws(PostgresError) {
        let column = result.columnCount - 6
        guard result.rowCount == 1, column >= 0 else {
            throw .unexpectedAnswer("\(result.rowCount) rows with changes")
        }
        guard !result.isNull(0, column) else { return }
        jobs = try result.ids(0, column)
        lanes = try result.int64s(0, column + 1)
        was = try result.int64s(0, column + 2)
        became = try result.int64s(0, column + 3)
        reasons = try result.texts(0, column + 4)
        attempts = try result.int64s(0, column + 5)
        let count = jobs.count
        guard [lanes.count, was.count, became.count, reasons.count, attempts.count].allSatisfy({ $0 == count }) else {
            throw .unexpectedAnswer("changes of different length")
        }
    }

    /// - Parameter name: of a lane; nil where it is not known.
    func changes(_ name: (Int64) -> LaneName?) throws(StoreError) -> [JobChange] {
        var changes: [JobChange] = []
        changes.reserveCapacity(jobs.count)
        for index in jobs.indices {
            guard let lane = name(lanes[index]) else {
                throw StoreError(.corrupt, "the database has no lane \(lanes[index]), in which a job stands")
            }
            changes.append(
                JobChange(
                    job: JobID(jobs[index]),
                    kind: lane.kind,
                    queue: lane.queue,
                    from: try JobState(code: was[index]),
                    to: try JobState(code: became[index]),
                    reason: reasons[index].flatMap(FailureReason.init(rawValue:)),
                    attempt: Int(attempts[index])
                )
            )
        }
        return changes
    }
}
