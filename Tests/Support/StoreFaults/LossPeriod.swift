import RoostCore
import Synchronization

/// The time in which a client may have been told of what the server has lost since: a test learns it while it runs.
package final class LossPeriod: Sendable {
    package enum Loss: Sendable {
        case anything
        /// Which makes jobs run again, and loses none.
        case claimsAndEnds
    }

    package let loss: Loss
    private let state = Mutex<(from: Duration, to: Duration)>((.zero, .zero))

    package init(of loss: Loss = .anything) { self.loss = loss }

    /// - Parameter earlier: how long before now it began.
    package func begins(earlier: Duration) {
        state.withLock { $0.from = SystemTimeSource().uptime - earlier }
    }

    package func endsNow() {
        state.withLock { $0.to = SystemTimeSource().uptime }
    }

    /// Whether the server may have lost what it did between two times: a client is told a little later, on a busy machine.
    package func touches(from start: Duration, to end: Duration) -> Bool {
        state.withLock { $0.from <= end && start <= $0.to }
    }
}
