/// One way of harming processes, and what must be true afterwards beside what the checker asks.
struct Scenario: Sendable {
    let name: String
    let summary: String
    let run: @MainActor @Sendable (Driver) async throws -> Void
    /// Whether its database lies on a disk of its own, which can be filled.
    var needsDisk = false

    static let all: [Scenario] = [kills]
}
