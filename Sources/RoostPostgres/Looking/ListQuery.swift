import RoostCore

/// The statement that lists jobs. Put together for each, so that the server finds the index that fits: jobs in few states among a million
/// others have one of their own.
struct ListQuery {
    /// With the last id of the page before, and the limit; nil: there can be none.
    let sql: String?

    init(_ query: JobQuery, lanes: LaneTable) {
        var conditions = ["r.id > $1"]
        if query.queue != nil || query.kind != nil {
            let numbers = lanes.matching(queue: query.queue, kind: query.kind)
            guard !numbers.isEmpty else {
                sql = nil
                return
            }
            conditions.append("r.lane IN (\(numbers.map(String.init).joined(separator: ",")))")
        }
        if let graph = query.graph { conditions.append("r.graph = '\(graph)'") }
        let states = query.states.isEmpty ? Set(JobState.allCases) : query.states
        if states.count < JobState.allCases.count { conditions.append(Self.condition(states)) }
        sql = "SELECT r.* FROM roost.row r WHERE \(conditions.joined(separator: " AND ")) ORDER BY r.id LIMIT $2"
    }

    private static func condition(_ states: Set<JobState>) -> String {
        // A job that runs stands among those that are ready.
        var codes = Set(states.map(\.code)).subtracting([JobState.running.code])
        var alternatives: [String] = []
        if states.contains(.running) != states.contains(.ready) {
            codes.remove(JobState.ready.code)
            alternatives.append("(r.state = 1 AND r.token \(states.contains(.running) ? "<>" : "=") 0)")
        } else if states.contains(.running) {
            codes.insert(JobState.ready.code)
        }
        if !codes.isEmpty {
            alternatives.append("r.state IN (\(codes.sorted().map(String.init).joined(separator: ",")))")
        }
        if alternatives.isEmpty { return "false" }
        let isLate = !states.contains(.ready) && !states.contains(.running) && !states.contains(.scheduled)
        return "(\(alternatives.joined(separator: " OR ")))" + (isLate ? " AND r.state >= 4" : "")
    }
}
