import Synchronization

/// Stands for a value that a closure was given, until the graph around the closure binds it to the jobs it comes from.
struct InputToken: Hashable, Sendable {
    private static let last = Atomic<UInt64>(0)

    private let number: UInt64

    init() {
        self.number = Self.last.wrappingAdd(1, ordering: .relaxed).newValue
    }
}
