import Foundation
import GRDB
import ProcessSupport
import RoostCore
import RoostSQLite
import Testing

/// A second process that runs `SQLiteTestProcess` and is killed at the end of the test.
final class OtherProcess {
    private let process: ChildProcess
    private let output = Pipe()
    private let input = Pipe()
    private var rest = Data()

    init(_ command: String, _ file: String) throws {
        process = try ChildProcess(
            Program.find("SQLiteTestProcess").path,
            [command, file],
            input: .descriptor(input.fileHandleForReading.fileDescriptor),
            output: .descriptor(output.fileHandleForWriting.fileDescriptor),
            errors: .descriptor(FileHandle.standardError.fileDescriptor)
        )
        // Its output is at its end when it ends, and ours is not.
        try output.fileHandleForWriting.close()
        try input.fileHandleForReading.close()
    }

    deinit {
        kill()
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
        process.end()
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
