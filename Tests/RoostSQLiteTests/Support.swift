import Foundation
import GRDB
import RoostCore
import RoostSQLite
import Testing

/// A folder for one test, gone with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = "\(NSTemporaryDirectory())/roost-\(JobID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String = "test.db") -> String { "\(path)/\(name)" }
}

/// A second process that runs `SQLiteTestProcess` and is killed at the end of the test.
final class OtherProcess {
    private let process = Process()
    private let output = Pipe()
    private let input = Pipe()
    private var rest = Data()

    init(_ command: String, _ file: String) throws {
        let folder = Bundle.main.executableURL?.deletingLastPathComponent() ?? URL(fileURLWithPath: ".build/debug")
        process.executableURL = Self.executable(near: folder)
        process.arguments = [command, file]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
    }

    deinit {
        kill()
    }

    /// Beside the test bundle, wherever the build put that.
    private static func executable(near folder: URL) -> URL {
        var candidates = [folder]
        if let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) {
            candidates.append(URL(fileURLWithPath: bundle).deletingLastPathComponent())
        }
        if let first = CommandLine.arguments.first {
            candidates.append(URL(fileURLWithPath: first).deletingLastPathComponent())
        }
        let found = candidates.map { $0.appendingPathComponent("SQLiteTestProcess") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return found ?? folder.appendingPathComponent("SQLiteTestProcess")
    }

    /// The next line it says. Blocks: the tests that use it are serial and few.
    func line() throws -> String {
        while true {
            if let end = rest.firstIndex(of: 10) {
                defer { rest = Data(rest[(end + 1)...]) }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            let more = output.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the other process ended")
            rest.append(more)
        }
    }

    func say(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// As the kernel does it when memory runs out.
    func kill() {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

/// What `body` throws; fails the test if it throws nothing.
func storeError(_ body: () async throws -> Void) async throws -> StoreError {
    do {
        try await body()
    } catch let error as StoreError {
        return error
    }
    throw NothingThrown()
}

struct NothingThrown: Error {}

extension SQLiteStore {
    func enqueueOne(kind: String = "k") async throws -> JobID {
        let job = NewJob(kind: kind)
        _ = try await enqueue(EnqueueBatch(jobs: [job]))
        return job.id
    }
}
