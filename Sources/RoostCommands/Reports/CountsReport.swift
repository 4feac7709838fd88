import RoostCore

/// How many jobs stand where, for people and for programs.
struct CountsReport {
    let lanes: [LaneCounts]
    let now: Timestamp

    var text: String {
        guard !lanes.isEmpty else { return "no jobs" }
        let states = JobState.allCases.filter { state in lanes.contains { $0.byState[state, default: 0] > 0 } }
        var table = TextTable(
            columns: [.left, .left] + states.map { _ in .right } + [.left],
            rows: [["QUEUE", "KIND"] + states.map { $0.rawValue.uppercased() } + [""]]
        )
        for lane in lanes {
            let counts = states.map { "\(lane.byState[$0, default: 0])" }
            table.rows.append([lane.queue.escaped, lane.kind.escaped] + counts + [remark(on: lane)])
        }
        if lanes.count > 1 {
            table.rows.append(["total", ""] + states.map { "\(total(of: $0))" } + [""])
        }
        return table.text
    }

    var json: JSONValue {
        [
            "lanes": .array(
                lanes.map { lane in
                    [
                        "queue": .string(lane.queue), "kind": .string(lane.kind), "paused": .bool(lane.isPaused),
                        "oldestReadyAt": JSONValue(lane.oldestReadyAt?.description),
                        "states": Self.json { lane.byState[$0, default: 0] },
                    ]
                }
            ),
            "total": Self.json(total),
        ]
    }

    private static func json(_ count: (JobState) -> Int) -> JSONValue {
        .object(JobState.allCases.map { JSONMember(key: $0.rawValue, value: JSONValue(count($0))) })
    }

    private func total(of state: JobState) -> Int {
        lanes.reduce(0) { $0 + $1.byState[state, default: 0] }
    }

    private func remark(on lane: LaneCounts) -> String {
        var remarks: [String] = []
        if lane.isPaused { remarks.append("paused") }
        if let oldest = lane.oldestReadyAt, now - oldest >= .seconds(1) {
            remarks.append("oldest ready for \((now - oldest).approximate)")
        }
        return remarks.joined(separator: ", ")
    }
}
