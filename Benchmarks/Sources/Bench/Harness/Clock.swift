#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The clock that all processes of a machine share, and what a process has used.
enum Clock {
    /// Seconds of `CLOCK_MONOTONIC`: the same one as Python's `time.monotonic()`.
    static var now: Double { read(CLOCK_MONOTONIC) }

    /// Seconds of processor time of this process, all its threads.
    static var processCPU: Double { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    static func sleep(_ seconds: Double) {
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1_000_000_000))
        nanosleep(&time, nil)
    }
}
