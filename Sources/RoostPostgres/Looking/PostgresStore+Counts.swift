public import RoostCore
import RoostPostgresClient

extension PostgresStore {
    @concurrent public func counts() async throws(StoreError) -> [LaneCounts] {
        let results = try await database.run([
            database.query(.counts),
            PostgresQuery(database.schema.render("SELECT queue, kind FROM roost.pause"), prepared: false),
        ])
        var byLane: [Int64: LaneCounts] = [:]
        for row in 0..<results[0].rowCount {
            let (lane, code, number, oldest) = try database.read { () throws(PostgresError) in
                (
                    try results[0].int64(row, 0), try results[0].int64(row, 1), try results[0].int64(row, 2),
                    try results[0].optionalInt64(row, 3)
                )
            }
            let name = try await laneName(lane)
            var counts = byLane[lane] ?? LaneCounts(queue: name.queue, kind: name.kind, byState: [:])
            counts.byState[try JobState(code: code)] = Int(number)
            if let oldest { counts.oldestReadyAt = Timestamp(microseconds: oldest) }
            byLane[lane] = counts
        }
        let pauses = try database.read { () throws(PostgresError) in
            var pauses: [LaneName] = []
            for row in 0..<results[1].rowCount {
                pauses.append(LaneName(queue: try results[1].text(row, 0), kind: try results[1].text(row, 1)))
            }
            return pauses
        }
        return byLane.values.sorted { ($0.queue, $0.kind) < ($1.queue, $1.kind) }.map { counts in
            var counts = counts
            // Those that run were counted as ready too.
            let ready = (counts.byState[.ready] ?? 0) - (counts.byState[.running] ?? 0)
            counts.byState[.ready] = ready > 0 ? ready : nil
            counts.isPaused = pauses.contains { pause in
                (pause.queue.isEmpty || pause.queue == counts.queue)
                    && (pause.kind.isEmpty || pause.kind == counts.kind)
            }
            return counts
        }
    }
}
