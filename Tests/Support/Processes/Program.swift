package import Foundation
import Synchronization

/// A program that was built beside the tests, run as a process.
package final class Program: Sendable {
    /// What came of it.
    package struct Result: Sendable {
        package var status: Int32
        package var wasKilled: Bool
        package var output: String
        package var errors: String
    }

    private let process: Mutex<ChildProcess>
    private let output: String
    private let errors: String

    /// Starts the program `name`, which works in `folder`; what it writes is kept there.
    ///
    /// - Parameter environment: nil: that of this process.
    package convenience init(
        _ name: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        in folder: String
    ) throws {
        try self.init(at: Self.find(name).path, arguments, environment: environment, in: folder)
    }

    /// Starts the program at `path`.
    package init(
        at path: String,
        _ arguments: [String],
        environment: [String: String]? = nil,
        in folder: String
    ) throws {
        // Files, not pipes: nothing has to read along.
        let name = "\(folder)/\(UUID().uuidString)"
        output = "\(name).out"
        errors = "\(name).err"
        process = Mutex(
            try ChildProcess(
                path,
                arguments,
                environment: environment,
                folder: folder,
                output: .file(output),
                errors: .file(errors)
            )
        )
    }

    deinit {
        process.withLock { process in
            _ = process.look()
            process.end()
        }
    }

    /// Runs the program `name` to its end.
    package static func run(_ name: String, _ arguments: [String], in folder: String) async throws -> Result {
        try await Program(name, arguments, in: folder).result()
    }

    /// Runs a Python program to its end.
    package static func python(_ source: String, _ arguments: [String], in folder: String) async throws -> Result {
        try await Program(at: "/usr/bin/env", ["python3", "-c", source] + arguments, in: folder).result()
    }

    package func send(_ signal: Int32) {
        process.withLock { $0.send(signal) }
    }

    /// What it wrote to standard error so far.
    package var log: String { (try? String(contentsOfFile: errors, encoding: .utf8)) ?? "" }

    /// What it wrote to standard output so far.
    package var said: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }

    /// Returns once it wrote `text` to standard error, or has ended.
    package func waitToSay(_ text: String) async throws {
        while isRunning, !log.contains(text) { try await Task.sleep(for: .milliseconds(5)) }
    }

    package var isRunning: Bool {
        process.withLock { process in
            _ = process.look()
            return !process.isOver
        }
    }

    /// Waits for its end; kills it after `limit`.
    package func result(within limit: Duration = .seconds(120)) async throws -> Result {
        let start = ContinuousClock.now
        while isRunning {
            if ContinuousClock.now - start > limit { send(SIGKILL) }
            try await Task.sleep(for: .milliseconds(10))
        }
        var result = Result(
            status: 0,
            wasKilled: false,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8)
        )
        switch process.withLock({ $0.status }) {
        case .exited(let status): result.status = status
        case .killed(let signal): (result.status, result.wasKilled) = (signal, true)
        case .running, .frozen: break
        }
        return result
    }

    /// Beside the test bundle, where the build put it.
    ///
    /// - Throws: ``ProgramNotStarted`` where it is not there.
    package static func find(_ name: String) throws -> URL {
        #if os(macOS)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? .main
        let folder = bundle.bundleURL.deletingLastPathComponent()
        #else
        let folder = Bundle.main.bundleURL
        #endif
        let url = folder.appending(path: name)
        guard FileManager.default.isExecutableFile(atPath: url.path) else {
            throw ProgramNotStarted(path: url.path, reason: "it was not built")
        }
        return url
    }
}
