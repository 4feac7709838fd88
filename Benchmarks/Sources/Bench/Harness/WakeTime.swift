import Dispatch
import Foundation
import Synchronization

/// How long a thread that sleeps takes to run once it is woken, when the machine was idle for some milliseconds: what
/// latencies are made of, and what differs most between two hours on the same virtual machine.
enum WakeTime {
    private static let rounds = 200

    /// - Returns: seconds, the median.
    static func measure() -> Double {
        let wake = DispatchSemaphore(value: 0)
        let awake = DispatchSemaphore(value: 0)
        let woken = Mutex(0.0)
        Thread.detachNewThread {
            for _ in 0..<rounds {
                wake.wait()
                let now = Clock.now
                woken.withLock { $0 = now }
                awake.signal()
            }
        }
        let times = (0..<rounds).map { _ in
            Clock.sleep(0.004)
            let start = Clock.now
            wake.signal()
            awake.wait()
            return woken.withLock { $0 } - start
        }
        return percentile(times, 0.5)
    }
}
