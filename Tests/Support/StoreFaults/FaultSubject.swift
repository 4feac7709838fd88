package import Logging
package import RoostCore

/// The store that is put to the test, and the server that has it.
package protocol FaultSubject: Sendable {
    /// Opens it as producers and workers do, by way of whatever stands before the server.
    ///
    /// - Parameter timeout: how long a call may take, in seconds.
    func open(timeout: Double, logger: Logger) async throws -> any JobStore

    /// Opens it as the judge does, whom no fault is to reach.
    func openDirectly(logger: Logger) async throws -> any JobStore

    /// What is there and must not be once all jobs have ended, in words (invariant 10).
    func leftovers() throws -> [String]
}
