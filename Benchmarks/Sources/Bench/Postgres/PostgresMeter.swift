/// What a server writes and spends between two moments.
struct PostgresMeter {
    private let server: PostgresServer
    private let cpu: Double
    private let written: [Double]

    init(_ server: PostgresServer) throws {
        self.server = server
        written = try Self.written(by: server)
        cpu = try server.cpu()
    }

    /// Bytes of its log, and how many of its records hold a whole page, as each does of a page that is changed for the first time
    /// after a checkpoint.
    private static func written(by server: PostgresServer) throws -> [Double] {
        let text = try server.sql("SELECT pg_current_wal_insert_lsn() - '0/0', (SELECT wal_fpi FROM pg_stat_wal)")
        let numbers = text.split(separator: "|").compactMap { Double($0) }
        guard numbers.count == 2 else { throw Failure("Postgres does not tell what it wrote: \(text)") }
        return numbers
    }

    /// What was written and spent since, for each of `jobs`.
    func figures(for jobs: Int) throws -> Figures {
        let used = try server.cpu() - cpu
        let now = try Self.written(by: server)
        return [
            "wal_per_job": (now[0] - written[0]) / Double(jobs),
            "full_pages_per_job": (now[1] - written[1]) / Double(jobs),
            "server_cpu_per_job": used / Double(jobs),
        ]
    }
}
