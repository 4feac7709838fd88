/// One way of harming processes, and what must be true afterwards beside what the checker asks.
struct Scenario: Sendable {
    let name: String
    let summary: String
    /// Whether its database lies on a disk of its own, which can be filled.
    var needsDisk = false
    let run: @MainActor @Sendable (Driver) async throws -> Void

    /// The longest first, where several run at a time.
    static let all: [Scenario] = [endless, kills, points, frozen, full, locked, trap, memory, planted]
}
