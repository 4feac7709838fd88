import Foundation
import Synchronization

/// The place where this process is to die or to freeze, if there is one: reached by the test's triggers within a
/// transaction, by the store around a call, by a body around its effect.
final class CrashPoint: Sendable {
    enum Action: String {
        case kill, freeze
    }

    private struct Plan {
        var name: String
        /// How many more times it is passed.
        var passes: Int
        var action: Action
    }

    static let current = CrashPoint()

    private let plan = Mutex<Plan?>(nil)
    private let callsUnderWay = Atomic<Int>(0)

    /// To be called around each call of the store that writes.
    func callBegins() { callsUnderWay.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    func callEnds() { callsUnderWay.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    /// Waits a while for a moment in which the process does not write: frozen then, it keeps nobody from writing.
    func waitForQuiet() {
        for _ in 0..<2000 where callsUnderWay.load(ordering: .sequentiallyConsistent) > 0 { usleep(500) }
    }

    /// - Parameter passes: how many times the place is passed before it strikes.
    func arm(_ name: String, passes: Int, action: Action) {
        plan.withLock { $0 = Plan(name: name, passes: passes, action: action) }
    }

    /// To be called at each place that has a name.
    ///
    /// - Parameter isBetweenCalls: whether it lies outside of the store's calls.
    func reached(_ name: String, isBetweenCalls: Bool = false) {
        let action = plan.withLock { plan -> Action? in
            guard let found = plan, found.name == name else { return nil }
            if found.passes > 0 {
                plan?.passes -= 1
                return nil
            }
            plan = nil
            return found.action
        }
        switch action {
        case .kill: System.die()
        case .freeze:
            if isBetweenCalls { waitForQuiet() }
            System.freeze()
        case nil: break
        }
    }
}
