import RoostCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Takes its process down by a trap.
struct Trap: Job {
    func run() async throws {
        try await witnessed { try await Self.trap() }
    }

    private static func trap() async throws {
        // The innocents beside it have begun by then.
        try await Task.sleep(for: .milliseconds(20))
        fatalError("a trap, as the test wants it")
    }
}

/// Takes memory until there is none. Its process has a limit, so that the machine has not.
struct Hog: Job {
    func run() async throws {
        try await witnessed {
            var blocks: [[UInt8]] = []
            while true {
                blocks.append([UInt8](repeating: 1, count: 8 << 20))
                try await Task.sleep(for: .milliseconds(1))
            }
        }
    }
}

/// Blocks its thread for ever, and looks at no cancel.
struct Endless: Job {
    static var options: JobOptions { JobOptions(timeout: .milliseconds(300)) }

    func run() async throws {
        try await witnessed {
            // A pause, so that it does not take a core from the others: what matters is that it yields to nobody.
            while true { usleep(10_000) }
        }
    }
}
