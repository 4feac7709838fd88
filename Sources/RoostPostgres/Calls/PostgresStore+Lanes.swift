import RoostCore
import RoostPostgresClient

extension PostgresStore {
    /// Reads the names of all lanes.
    func learnLanes() async throws(StoreError) {
        let result = try await database.run(database.query(.lanes))
        let (lanes, newest) = try database.read { () throws(PostgresError) in
            var lanes: [(number: Int64, name: LaneName)] = []
            var newest: Int64 = 0
            for row in 0..<result.rowCount {
                let name = LaneName(queue: try result.text(row, 2), kind: try result.text(row, 3))
                lanes.append((try result.int64(row, 0), name))
                newest = max(newest, try result.int64(row, 1))
            }
            return (lanes, newest)
        }
        self.lanes.learn(lanes, newest: newest)
    }

    /// The name of a lane that a row names, which may have been made by another process.
    func laneName(_ number: Int64) async throws(StoreError) -> LaneName {
        if let name = lanes.name(of: number) { return name }
        try await learnLanes()
        if let name = lanes.name(of: number) { return name }
        throw StoreError(.corrupt, "\(name) has no lane \(number), in which a job stands")
    }

    func changes(_ rows: ChangeRows) async throws(StoreError) -> [JobChange] {
        guard !rows.jobs.isEmpty else { return [] }
        if rows.lanes.contains(where: { lanes.name(of: $0) == nil }) { try await learnLanes() }
        return try rows.changes { lanes.name(of: $0) }
    }
}
