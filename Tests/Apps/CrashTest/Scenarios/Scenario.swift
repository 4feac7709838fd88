/// One way of harming processes, and what must be true afterwards beside what the checker asks.
struct Scenario: Sendable {
    let name: String
    let summary: String
    /// Whether its database lies on a disk of its own, which can be filled.
    var needsDisk = false
    /// On which stores there is such harm.
    var stores: [StoreKind] = StoreKind.allCases
    /// Whether all that its server acknowledged is on the disk.
    var isDurable = false
    let run: @MainActor @Sendable (Driver) async throws -> Void

    /// The longest first, where several run at a time.
    static let all: [Scenario] = [endless, kills, server, points, frozen, full, locked, trap] + limited + [planted]

    /// Where the kernel keeps a process within a limit of memory; elsewhere the machine's own would be exhausted.
    private static var limited: [Scenario] {
        #if os(Linux)
        [memory]
        #else
        []
        #endif
    }
}
