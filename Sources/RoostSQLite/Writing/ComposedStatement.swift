/// The statements whose text is put together: those for one job, and those for as many as `group` at once. To begin and
/// end a statement opens and closes every index of the table, which costs as much as to change one row.
enum ComposedStatement: Int {
    case insertJob
    case insertJobs
    /// 1: the token; then each seq.
    case markRunning
    /// 1: the token, 2: the flags; then each seq.
    case countRunning
    /// Each seq.
    case deleteJobs
    case insertDone
    case insertDones

    /// From here on little is gained, and the last group of a call is rarely full.
    static let group = 25

    var sql: String { Self.texts[rawValue] }

    private static let texts = [
        "INSERT INTO roost_job (\(JobColumns.names)) VALUES (\(JobColumns.values)) ON CONFLICT (id) DO NOTHING",
        "INSERT INTO roost_job (\(JobColumns.names)) VALUES \(rows(of: JobColumns.values)) ON CONFLICT (id) DO NOTHING",
        """
        UPDATE roost_job SET state = 3, token = ?1, claims = claims + 1, flags = flags & ~\(JobFlags.isSolo.rawValue)
        WHERE seq IN (\(marks(from: 2)))
        """,
        "SELECT count(*) FROM roost_job WHERE seq IN (\(marks(from: 3))) AND token = ?1 AND flags = ?2",
        "DELETE FROM roost_job WHERE seq IN (\(marks(from: 1)))",
        "INSERT INTO roost_done (\(DoneColumns.names)) VALUES (\(DoneColumns.values))",
        "INSERT INTO roost_done (\(DoneColumns.names)) VALUES \(rows(of: DoneColumns.values))",
    ]

    private static func rows(of values: String) -> String {
        Array(repeating: "(\(values))", count: group).joined(separator: ", ")
    }

    private static func marks(from first: Int) -> String {
        (first..<first + group).map { "?\($0)" }.joined(separator: ", ")
    }
}

/// The columns of a new row of `roost_job`.
enum JobColumns {
    /// The first so many are bound.
    static let bound: Int32 = 24

    static let names = """
        id, queue, kind, priority, rank, pos, state, due, delay, expires, max_crashes, retention, graph, codec, key_id,
        enqueued_by, enqueued_at, ready_at, uniq, uniq_period, uniq_states, options, headers, payload,
        token, claims, attempt, failures, crashes, open, flags
        """

    static let values = marks(bound) + ", 0, 0, 0, 0, 0, 0, 0"

    fileprivate static func marks(_ count: Int32) -> String {
        Array(repeating: "?", count: Int(count)).joined(separator: ", ")
    }
}

/// The columns of a new row of `roost_done`.
enum DoneColumns {
    /// All are bound.
    static let bound: Int32 = 20

    static let names = """
        id, queue, kind, priority, token, claims, attempt, failures, crashes, graph, enqueued_by, enqueued_at, started_at,
        finished_at, prune_at, expires, flags, uniq, headers, output
        """

    static let values = JobColumns.marks(bound)
}
