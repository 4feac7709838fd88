import RoostCore
import RoostPostgresClient

extension PostgresStore {
    /// Reads the names of all lanes.
    func learnLanes() async throws(StoreError) {
        let result = try await database.run(database.query(.lanes))
        let lanes = try database.read { () throws(PostgresError) in
            var lanes: [(number: Int64, name: LaneName)] = []
            for row in 0..<result.rowCount {
                let name = LaneName(queue: try result.text(row, 1), kind: try result.text(row, 2))
                lanes.append((try result.int64(row, 0), name))
            }
            return lanes
        }
        self.lanes.add(lanes, isWhole: true)
    }

    /// The number of a lane, which is made where it is new, in a transaction of its own: a lane without jobs does no harm.
    func laneNumber(_ name: LaneName) async throws(StoreError) -> Int64 {
        if let number = lanes.number(of: name) { return number }
        let query = database.query(.laneOf) { parameters in
            parameters.append(name.queue)
            parameters.append(name.kind)
        }
        let result = try await database.run(query)
        let number = try database.read { () throws(PostgresError) in try result.int64(0, 0) }
        lanes.add([(number, name)])
        return number
    }

    func clientNumber(_ name: String) async throws(StoreError) -> Int64 {
        if let number = lanes.client(name) { return number }
        let result = try await database.run(database.query(.clientOf) { $0.append(name.withoutZeros) })
        let number = try database.read { () throws(PostgresError) in try result.int64(0, 0) }
        lanes.add(client: name, number)
        return number
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
