import RoostCore
import Synchronization

/// The server's time, as far as it is known here.
final class ServerClock: Sendable {
    /// A server whose clock went back by more than this had it set.
    private static let correction: Duration = .seconds(60)

    private let time: any TimeSource
    /// The server's time less our uptime, in microseconds; the least value: not known yet.
    private let offset = Atomic<Int64>(.min)

    init(_ time: any TimeSource) {
        self.time = time
    }

    /// The server said what time it is. Answers take their time, so the greatest offset is the truest.
    func heard(_ now: Timestamp) {
        let new = (now - time.uptime).microseconds
        let known = offset.load(ordering: .relaxed)
        if new > known || new < known - Self.correction.wholeMicroseconds { offset.store(new, ordering: .relaxed) }
    }

    /// The server's time so much later than now, in microseconds; nil: it is not known.
    func microseconds(in duration: Duration) -> Int64? {
        let known = offset.load(ordering: .relaxed)
        guard known != .min else { return nil }
        return (Timestamp(microseconds: known) + (time.uptime + duration)).microseconds
    }
}
