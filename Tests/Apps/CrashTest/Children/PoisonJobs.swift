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
        // The innocents beside it have begun by then, and more of them are in the buffer.
        try await Task.sleep(for: .milliseconds(400))
        fatalError("a trap, as the test wants it")
    }
}

/// Takes memory until there is none. It sets its process a limit first, so that the machine has none to bear.
struct Hog: Job {
    func run() async throws {
        try await witnessed {
            System.limitMemory(megabytes: 600)
            var blocks: [[UInt8]] = []
            while true {
                blocks.append([UInt8](repeating: 1, count: 32 << 20))
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

extension MixedLoad {
    /// How many innocent jobs there are beside the poison.
    static let innocents = 900

    /// Enqueues one poison job in the midst of innocent ones, before which it goes, so that it runs with full slots and a
    /// full buffer beside it.
    ///
    /// - Parameter milliseconds: how long each of the innocents takes.
    func enqueue(poison name: String, innocents milliseconds: Int) async throws {
        let innocents = (0..<Self.innocents).map { Plain(number: $0, microseconds: milliseconds * 1000) }
        try await queue.enqueue(innocents)
        switch name {
        case "trap": try await queue.enqueue(Trap().priority(1))
        case "memory": try await queue.enqueue(Hog().priority(1))
        case "endless": try await queue.enqueue(Endless().priority(1))
        default: throw UsageError("there is no poison '\(name)'")
        }
        await queue.close()
    }
}
