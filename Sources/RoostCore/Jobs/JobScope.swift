/// Something a job runs inside of: a transaction, a span, a connection of its slot.
///
/// ```swift
/// struct Timed: JobScope {
///     @concurrent func run<Result: Sendable>(
///         _ body: @concurrent (ContinuousClock.Instant) async throws -> Result
///     ) async throws -> Result {
///         let start = ContinuousClock.now
///         defer { print("took", ContinuousClock.now - start) }
///         return try await body(start)
///     }
/// }
///
/// @Job(within: Timed())
/// func crunch(numbers: [Int]) -> Int { numbers.reduce(0, +) }
/// ```
///
/// Several compose, the first one outermost. A job whose function has a parameter labelled `within` is given the
/// value that the scope enters with.
public protocol JobScope<Entered>: Sendable {
    /// What the scope hands to the job.
    associatedtype Entered

    /// Runs `body` once, with whatever must be around it, and returns what it returned. To refuse the run, throw.
    @concurrent func run<Result: Sendable>(
        _ body: @concurrent (Entered) async throws -> Result
    ) async throws -> Result
}
