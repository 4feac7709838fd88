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
        let time = Self.read(CLOCK_REALTIME)
        return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
    }

    public var uptime: Duration {
        #if os(Linux)
        let time = Self.read(CLOCK_BOOTTIME)
        #else
        // On Darwin CLOCK_MONOTONIC goes on while the machine sleeps, as CLOCK_BOOTTIME does on Linux.
        let time = Self.read(CLOCK_MONOTONIC)
        #endif
        return Duration(secondsComponent: Int64(time.tv_sec), attosecondsComponent: Int64(time.tv_nsec) * 1_000_000_000)
    }

    @concurrent public func sleep(until deadline: Duration) async throws {
        let rest = deadline - uptime
        if rest > .zero {
            try await Task.sleep(for: rest, clock: .continuous)
        } else {
            try Task.checkCancellation()
        }
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var time = timespec()
        clock_gettime(clock, &time)
        return time
    }
}

extension TimeSource where Self == SystemTimeSource {
    /// The machine's own clocks.
    public static var system: SystemTimeSource { SystemTimeSource() }
}
