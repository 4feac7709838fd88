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
    /// What came of many runs.
    fileprivate struct Sum {
        var steps = 0
        var events = 0
        var digest: UInt64 = 0
        var failed: [UInt64] = []
        /// How many runs broke each invariant.
        var broken: [Int: Int] = [:]
    }

    static func main() {
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
        let isGood = options.replays ? replay(options) : search(options)
        exit(isGood ? 0 : 1)
    }

    /// Runs one seed and prints its history.
    private static func replay(_ options: Options) -> Bool {
        let report = Simulation(seed: options.from, fault: options.fault).run()
        for event in report.history.events { print(event) }
        for job in report.history.final { print("at the end: \(job)") }
        for failure in report.failures { print(failure) }
        let verdict = report.failures.isEmpty ? "all is well" : "failed"
        print("seed \(options.from): \(verdict) after \(report.uptime) of its time, digest \(report.digest)")
        return report.failures.isEmpty
    }

    /// Runs many seeds, on as many threads as the machine has processors, and tells which fail.
    private static func search(_ options: Options) -> Bool {
        let start = SuspendingClock.now
        let shared = Mutex(Sum())
        DispatchQueue.concurrentPerform(iterations: options.count) { index in
            let seed = options.from + UInt64(index)
            let report = Simulation(seed: seed, fault: options.fault).run()
            shared.withLock { $0.add(report, of: seed, options) }
        }
        let sum = shared.withLock { $0 }
        let minutes = (SuspendingClock.now - start) / .seconds(60)
        let seeds = "seeds \(options.from) to \(options.from + UInt64(options.count) - 1)"
        let failed = sum.failed.isEmpty ? "" : ": \(sum.failed.sorted().prefix(50))"
        print("\(seeds): \(sum.failed.count) failed\(failed)")
        for (invariant, count) in sum.broken.sorted(by: { $0.key < $1.key }) {
            print("invariant \(invariant) broke in \(count) of them")
        }
        print("\(Int(Double(options.count) / minutes)) seeds a minute")
        print("\(sum.steps) steps, \(sum.events) events, digest \(sum.digest)")
        return sum.failed.isEmpty
    }
}

extension Simulate.Sum {
    fileprivate mutating func add(_ report: Simulation.Report, of seed: UInt64, _ options: Options) {
        steps += report.steps
        events += report.history.events.count
        digest &+= report.digest
        guard !report.failures.isEmpty else { return }
        failed.append(seed)
        for invariant in Set(report.violations.map(\.invariant)) { broken[invariant, default: 0] += 1 }
        // The first few tell enough.
        guard failed.count <= 5 else { return }
        for failure in report.failures.prefix(3) { print(failure) }
        let fault = options.fault.map { " --fault \($0)" } ?? ""
        print("seed \(seed) failed; to see all of it: scripts/simulate --seed \(seed)\(fault)\n")
        fflush(nil)
    }
}
