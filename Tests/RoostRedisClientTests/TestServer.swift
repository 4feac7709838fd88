import Foundation
import Logging
import ProcessSupport
import Synchronization

@testable import RoostRedisClient

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A redis-server of one test, on a port of its own.
final class TestServer: Sendable {
    let port: Int
    let folder: TemporaryFolder
    private let arguments: [String]
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// - Parameters:
    ///   - port: 0: none by TCP; nil: any.
    ///   - command: what is started: `redis-server`, or `redis-sentinel` with a file of settings.
    init(_ arguments: [String] = [], port: Int? = nil) async throws {
        self.folder = try TemporaryFolder()
        self.port = try port ?? Self.freePort()
        self.arguments = arguments
        try await start()
    }

    deinit {
        process.withLock { $0?.end() }
    }

    var address: RedisAddress { .host("127.0.0.1", port: port) }

    var configuration: RedisConfiguration { RedisConfiguration(topology: .servers([address])) }

    /// Starts it, again after an end, and returns once it answers.
    func start() async throws {
        try process.withLock { process in
            process = try ChildProcess(
                "/usr/bin/env",
                [
                    "redis-server", "--port", String(port), "--bind", "127.0.0.1", "--dir", folder.path, "--save", "",
                    "--appendonly", "no",
                ] + arguments,
                output: .file(folder.file("log")),
                errors: .file(folder.file("log"))
            )
        }
        try await until("the server is ready") { self.log.contains("Ready to accept connections") }
    }

    var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    func send(_ signal: Int32) {
        process.withLock { $0?.send(signal) }
    }

    /// As by `kill -9`.
    func end() {
        process.withLock { $0?.end() }
        try? FileManager.default.removeItem(atPath: folder.file("log"))
    }

    /// One that nobody listens on now.
    static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
            }
        }
        guard result == 0 else { throw Missing(what: "a free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}

struct Missing: Error, CustomStringConvertible {
    let what: String

    var description: String { "never came: \(what)" }
}

/// Returns once `condition` holds.
func until(
    _ what: String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
        guard ContinuousClock.now - start < limit else { throw Missing(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// A logger that says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension RedisClient {
    convenience init(_ server: TestServer, _ change: (inout RedisConfiguration) -> Void = { _ in }) {
        var configuration = server.configuration
        change(&configuration)
        self.init(configuration, logger: silent)
    }

    func get(_ words: String..., resend: RedisResend = .safe) async throws(RedisError) -> RedisValue {
        var command = RedisCommand()
        for word in words { command.append(word) }
        return try await send(command, resend: resend)
    }
}
