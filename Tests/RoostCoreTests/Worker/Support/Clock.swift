import RoostCore
import RoostTesting

/// Runs `body` while the clock goes on from one deadline to the next.
///
/// - Parameter sleepers: how many tasks sleep whenever nothing is to be done; the clock stands still while fewer do, so
///   that time does not run away from a task that is at work. An idle worker has three: engine, heartbeat, housekeeper.
func withClock<Result: Sendable>(
    _ time: TestTimeSource,
    sleepers: Int = 1,
    _ body: () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            while !Task.isCancelled {
                try await time.waitForSleepers(sleepers)
                time.advanceToNextDeadline()
                // The clock has no need of a processor that others could use.
                try await Task.sleep(for: .microseconds(200))
            }
        }
        defer { group.cancelAll() }
        return try await body()
    }
}

extension WorkerOptions {
    /// For a worker on a test clock: it works when it is woken or something is due, and its leases do not end however far
    /// the clock goes.
    static func patient(concurrency: Int = 4, queues: [String] = ["default"], grace: Duration = .seconds(25)) -> Self {
        WorkerOptions(
            concurrency: concurrency,
            queues: queues,
            grace: grace,
            lease: .hours(24),
            pollInterval: .hours(1),
            housekeepingInterval: .minutes(1)
        )
    }
}
