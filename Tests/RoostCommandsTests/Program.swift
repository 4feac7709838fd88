import Foundation
import Synchronization

/// A program that was built beside the tests, run as a process.
final class Program: Sendable {
    /// What came of it.
    struct Result {
        var status: Int32
        var wasKilled: Bool
        var output: String
        var errors: String
    }

    // Proof: used only within the lock.
    private struct Running: @unchecked Sendable {
        let process: Process
        let output: URL
        let errors: URL
    }

    private let running: Mutex<Running>

    /// Starts `name` in `folder`.
    init(_ name: String, _ arguments: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = try Self.find(name)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: folder)
        // Files, not pipes: nothing has to read along.
        let output = URL(filePath: "\(folder)/\(UUID().uuidString).out")
        let errors = URL(filePath: "\(folder)/\(UUID().uuidString).err")
        for file in [output, errors] { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.running = Mutex(Running(process: process, output: output, errors: errors))
    }

    static func run(_ name: String, _ arguments: String..., in folder: String) async throws -> Result {
        try await Program(name, arguments, in: folder).result()
    }

    func send(_ signal: Int32) {
        _ = running.withLock { kill($0.process.processIdentifier, signal) }
    }

    /// What it wrote to standard error so far.
    var log: String {
        running.withLock { (try? String(contentsOf: $0.errors, encoding: .utf8)) ?? "" }
    }

    /// Waits for its end; kills it after 30 seconds.
    func result() async throws -> Result {
        let start = ContinuousClock.now
        while running.withLock({ $0.process.isRunning }) {
            if ContinuousClock.now - start > .seconds(30) { send(SIGKILL) }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try running.withLock { running in
            Result(
                status: running.process.terminationStatus,
                wasKilled: running.process.terminationReason == .uncaughtSignal,
                output: try String(contentsOf: running.output, encoding: .utf8),
                errors: try String(contentsOf: running.errors, encoding: .utf8)
            )
        }
    }

    private static func find(_ name: String) throws -> URL {
        #if os(macOS)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
        let folder = bundle.bundleURL.deletingLastPathComponent()
        #else
        let folder = Bundle.main.bundleURL
        #endif
        let url = folder.appending(path: name)
        guard FileManager.default.isExecutableFile(atPath: url.path) else { throw ProgramMissing(path: url.path) }
        return url
    }
}

struct ProgramMissing: Error {
    let path: String
}
