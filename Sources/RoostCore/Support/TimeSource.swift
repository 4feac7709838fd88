#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The clocks that Roost reads: one to tell the date, one to measure with.
///
/// Every part of Roost that needs the time is given a `TimeSource`, so that a test can move it by hand
/// (`TestTimeSource` in RoostTesting) and a simulation can decide it.
public protocol TimeSource: Sendable {
    /// The date, by the wall clock. It may jump.
    var now: Timestamp { get }

    /// The time since some fixed moment, counting sleep of the machine. It never jumps.
    var uptime: Duration { get }

    /// Returns once `uptime` has reached `deadline`.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    @concurrent func sleep(until deadline: Duration) async throws
}

/// The machine's own clocks.
public struct SystemTimeSource: TimeSource {
    public init() {}

    public var now: Timestamp {
        Timestamp(microseconds: Self.read(CLOCK_REALTIME).wholeMicroseconds)
    }

    public var uptime: Duration {
        #if os(Linux)
        Self.read(CLOCK_BOOTTIME)
        #else
        // On Darwin CLOCK_MONOTONIC goes on while the machine sleeps, as CLOCK_BOOTTIME does on Linux.
        Self.read(CLOCK_MONOTONIC)
        #endif
    }

    @concurrent public func sleep(until deadline: Duration) async throws {
        let rest = deadline - uptime
        if rest > .zero {
            try await Task.sleep(for: rest, clock: .continuous)
        } else {
            try Task.checkCancellation()
        }
    }

    private static func read(_ clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }
}

extension TimeSource where Self == SystemTimeSource {
    /// The machine's own clocks.
    public static var system: SystemTimeSource { SystemTimeSource() }
}
