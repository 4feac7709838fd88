import RoostCore
import RoostPostgresClient

extension StoreContents {
    /// Asks for jobs and workers, in one call.
    static func questions(_ database: Database) -> [PostgresQuery] {
        [
            PostgresQuery(database.schema.render(Statement.counts.sql), prepared: false),
            PostgresQuery(
                database.schema.render(
                    """
                    SELECT name, host, process, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint - heartbeat_at
                    FROM roost.worker ORDER BY id
                    """
                ),
                prepared: false
            ),
        ]
    }

    /// - Parameter answers: to ``questions(_:)``, in their order.
    init(_ answers: [PostgresResult]) throws(PostgresError) {
        guard answers.count == 2 else { throw .unexpectedAnswer("\(answers.count) results of 2") }
        for row in 0..<answers[0].rowCount {
            guard let state = try? JobState(code: try answers[0].int64(row, 1)) else { continue }
            totals[state, default: 0] += Int(try answers[0].int64(row, 2))
        }
        // Those that run are counted as ready too.
        totals[.ready] = max(0, (totals[.ready] ?? 0) - (totals[.running] ?? 0))
        for row in 0..<answers[1].rowCount {
            workers.append(
                Worker(
                    name: try answers[1].text(row, 0),
                    host: try answers[1].text(row, 1),
                    process: try answers[1].int64(row, 2),
                    silence: .microseconds(try answers[1].int64(row, 3))
                )
            )
        }
    }
}
