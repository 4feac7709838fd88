import Dispatch
import RoostTesting
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif
#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs simulations: many seeds to find one that fails, or one seed to see all that happens in it.
@main
struct Simulate {
    static func main() throws {
        let options: Options
        do {
            options = try Options(Array(CommandLine.arguments.dropFirst()))
        } catch {
            print(error)
            exit(2)
        }
        if ProcessInfo.processInfo.environment["SWIFT_DETERMINISTIC_HASHING"] == nil {
            print("without SWIFT_DETERMINISTIC_HASHING=1 a seed need not make the same run in another process")
        }
        let isGood = options.replays ? replay(options.from) : search(options)
        exit(isGood ? 0 : 1)
    }

    /// Runs one seed and prints its history.
    private static func replay(_ seed: UInt64) -> Bool {
        let report = Simulation(seed: seed).run()
        for event in report.history.events { print(event) }
        for job in report.history.final { print("at the end: \(job)") }
        for failure in report.failures { print(failure) }
        print("seed \(seed): \(report.failures.isEmpty ? "all is well" : "failed") after \(report.uptime) of its time")
        return report.failures.isEmpty
    }

    /// Runs many seeds, on as many threads as the machine has processors, and tells which fail.
    private static func search(_ options: Options) -> Bool {
        let start = SuspendingClock.now
        let sum = Mutex((steps: 0, events: 0, digest: UInt64(0), failed: [UInt64]()))
        DispatchQueue.concurrentPerform(iterations: options.count) { index in
            let seed = options.from + UInt64(index)
            let report = Simulation(seed: seed).run()
            sum.withLock { sum in
                sum.steps += report.steps
                sum.events += report.history.events.count
                sum.digest &+= report.digest
                guard !report.failures.isEmpty else { return }
                sum.failed.append(seed)
                // The first few tell enough.
                guard sum.failed.count <= 5 else { return }
                for failure in report.failures.prefix(3) { print(failure) }
                print("seed \(seed) failed; to see all of it: scripts/simulate --seed \(seed)\n")
            }
        }
        let (steps, events, digest, failed) = sum.withLock { $0 }
        let minutes = (SuspendingClock.now - start) / .seconds(60)
        let range = "seeds \(options.from) to \(options.from + UInt64(options.count) - 1)"
        print("\(range): \(failed.count) failed\(failed.isEmpty ? "" : ": \(failed.sorted().prefix(50))")")
        print(
            "\(Int(Double(options.count) / minutes)) seeds a minute; \(steps) steps, \(events) events, digest \(digest)"
        )
        return failed.isEmpty
    }
}
