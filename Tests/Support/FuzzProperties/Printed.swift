import Synchronization

/// Whether a command printed anything.
final class Printed: Sendable {
    private let hasText = Atomic(false)

    var isEmpty: Bool { !hasText.load(ordering: .relaxed) }

    func add(_ text: String) {
        if !text.isEmpty { hasText.store(true, ordering: .relaxed) }
    }
}
