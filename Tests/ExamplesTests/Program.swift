import Foundation
import Synchronization

/// An example that was built beside the tests, run as a process.
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

    /// Starts the example `name`; what it writes is kept in `folder`.
    convenience init(_ name: String, _ arguments: [String], in folder: String) throws {
        try self.init(at: Self.find(name), arguments, in: folder)
    }

    /// Starts the program at `executable`.
    init(at executable: URL, _ arguments: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
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

    /// Runs the example `name` to its end.
    static func run(_ name: String, _ arguments: [String], in folder: String) async throws -> Result {
        try await Program(name, arguments, in: folder).result()
    }

    /// Runs a Python program to its end.
    static func python(_ source: String, _ arguments: [String], in folder: String) async throws -> Result {
        let env = URL(filePath: "/usr/bin/env")
        return try await Program(at: env, ["python3", "-c", source] + arguments, in: folder).result()
    }

    func send(_ signal: Int32) {
        _ = running.withLock { kill($0.process.processIdentifier, signal) }
    }

    /// What it wrote to standard error so far.
    var log: String {
        running.withLock { (try? String(contentsOf: $0.errors, encoding: .utf8)) ?? "" }
    }

    var isRunning: Bool { running.withLock { $0.process.isRunning } }

    /// Waits for its end; kills it after two minutes.
    func result() async throws -> Result {
        let start = ContinuousClock.now
        while isRunning {
            if ContinuousClock.now - start > .seconds(120) { send(SIGKILL) }
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

    /// Beside the test bundle, where the build put it.
    static func find(_ name: String) throws -> URL {
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

/// A folder for one test, gone with it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "roost-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
