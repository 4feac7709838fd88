import RoostCore

/// `round-trips STORE COUNT`: the smallest question that a store can be asked, over and over: what became of a job that
/// it does not know. What is left is the client's round trip.
enum RoundTripChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let count = try arguments.number(1)
        let base = try await arguments.store()
        let unknown = [JobID()]
        _ = try await base.outcomes(of: unknown)
        let start = Clock.now
        for _ in 0..<count {
            guard try await base.outcomes(of: unknown)[0] == nil else { throw Failure("a job is there that is not") }
        }
        let elapsed = Clock.now - start
        await base.close()
        return ["jobs_per_second": Double(count) / elapsed]
    }
}
