import RoostCore
import Synchronization

/// A time that a test learns while it runs.
final class Moment: Sendable {
    private let state = Mutex(Duration.zero)

    var time: Duration { state.withLock { $0 } }

    func isNow() {
        state.withLock { $0 = SystemTimeSource().uptime }
    }
}
