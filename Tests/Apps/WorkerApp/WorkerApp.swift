import RoostCommands
import RoostCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A small application, run by the tests of the command line as a process of its own.
@main struct WorkerApp: RoostApp {
    static var jobs: [any Job.Type] { [Add.self, Nap.self, Stubborn.self, Broken.self, Picky.self, Trap.self] }
    static var workerOptions: WorkerOptions { WorkerOptions(concurrency: 2, pollInterval: .milliseconds(50)) }
}

struct Add: Job {
    var left: Int
    var right: Int

    func run() async throws -> Int { left + right }
}

/// Takes a while, and heeds a cancel.
struct Nap: Job {
    var seconds: Double

    func run() async throws { try await Task.sleep(for: .seconds(seconds)) }
}

/// Takes a while, blocks a thread, and heeds nothing.
struct Stubborn: Job {
    var seconds: Double

    func run() async throws {
        let start = ContinuousClock.now
        // Without a pause it takes a core from the tests that run beside it.
        while ContinuousClock.now - start < .seconds(seconds) { usleep(10_000) }
    }
}

/// Takes its process down.
struct Trap: Job {
    func run() async throws { fatalError("a trap, as the test wants it") }
}

/// Fails twice.
struct Broken: Job {
    static var options: JobOptions { JobOptions(retries: 1, backoff: .constant(.milliseconds(10))) }

    func run() async throws { throw Defect() }
}

struct Defect: Error, CustomStringConvertible {
    var description: String { "it does not work" }
}

/// Has options of its own, and an argument that may be left out.
struct Picky: Job {
    static var kind: String { "Desk.picky" }
    static var aliases: [String] { ["picky"] }
    static var options: JobOptions { JobOptions(queue: "desk", priority: 7) }

    var name: String
    var note: String?

    func run() async throws -> String { name }
}
