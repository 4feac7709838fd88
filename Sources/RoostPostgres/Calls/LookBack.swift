import RoostCore
import RoostPostgresClient
import Synchronization

/// When to look for ready jobs that claims have passed by.
final class LookBack: Sendable {
    private struct State {
        var nextAt: Duration = .zero
        var isOnItsWay = false
        /// Whether the last claim left jobs out that must run alone.
        var leftSoloOut = false
    }

    private static let interval: Duration = .seconds(2)

    private let clock = SystemTimeSource()
    private let state = Mutex(State())

    /// - Returns: whether the claim must begin at the heads of the lanes: those before it left jobs out.
    func beginClaim(allowsSolo: Bool) -> Bool {
        state.withLock { state in
            defer { state.leftSoloOut = !allowsSolo }
            return allowsSolo && state.leftSoloOut
        }
    }

    func begin() -> Bool {
        state.withLock { state in
            guard !state.isOnItsWay, clock.uptime >= state.nextAt else { return false }
            state.isOnItsWay = true
            return true
        }
    }

    /// - Parameter cost: how long it took: it is to take a small part of the time.
    func end(cost: Duration) {
        state.withLock { state in
            state.isOnItsWay = false
            state.nextAt = clock.uptime + max(Self.interval, cost * 20)
        }
    }

    var uptime: Duration { clock.uptime }
}

extension PostgresStore {
    /// Looks for ready jobs that claims have passed by, beside the calls, every two seconds: those whose transaction took long to commit, and
    /// whose wake-up was lost.
    func lookBackIfDue() {
        guard looks.begin() else { return }
        wakeUps.beside { [weak self] in await self?.lookBack() }
    }

    func lookBack() async {
        let start = looks.uptime
        defer { looks.end(cost: looks.uptime - start) }
        // Where a look fails the next claim says why. A lane may have come later than one that is newer.
        try? await learnLanes()
        let passed = wakeUps.passedPlaces
        guard !passed.isEmpty else { return }
        let query = database.query(.lookBack) { parameters in
            parameters.appendArray(of: .int8) { for lane in passed { $0.append(lane.lane) } }
            parameters.appendArray(of: .int4) { for lane in passed { $0.append(lane.place.prio) } }
            parameters.appendArray(of: .int8) { for lane in passed { $0.append(lane.place.rank) } }
            parameters.appendArray(of: .int8) { for lane in passed { $0.append(lane.place.pos) } }
        }
        guard let result = try? await database.run(query) else { return }
        for row in 0..<result.rowCount {
            guard let lane = try? result.int64(row, 0), let prio = try? result.int32(row, 1),
                let rank = try? result.int64(row, 2), let pos = try? result.int64(row, 3)
            else { return }
            wakeUps.found(LanePlace(prio: prio, rank: rank, pos: pos), in: lane)
        }
    }
}
