import RoostCore

/// `round-trips STORE COUNT`: the smallest question that a store can be asked, over and over: what the parents of a job
/// that it does not know left behind. What is left is the client's round trip.
enum RoundTripChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let unknown = JobID()
        _ = try await base.inputs(of: unknown, from: 0, limit: 1)
        let start = Clock.now
        for _ in 0..<count {
            let found = try await base.inputs(of: unknown, from: 0, limit: 1)
            guard found.isEmpty else { throw Failure("inputs are there that are not") }
        }
        let elapsed = Clock.now - start
        await base.close()
        return ["jobs_per_second": Double(count) / elapsed]
    }
}
