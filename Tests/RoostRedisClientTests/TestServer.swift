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
    private let command: [String]
    private let process: Mutex<ChildProcess?> = Mutex(nil)

    /// - Parameter arguments: come after those that every server has, and replace them.
    init(_ arguments: [String] = [], port: Int? = nil) async throws {
        folder = try TemporaryFolder()
        let port = try port ?? Self.freePort()
        self.port = port
        command =
            [
                "redis-server", "--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder.path, "--save", "",
                "--appendonly", "no",
            ] + arguments
        try await start()
    }

    /// A Sentinel that watches `master` under the name `main`.
    ///
    /// - Parameter more: lines for its file.
    init(watching master: TestServer, _ more: [String] = []) async throws {
        folder = try TemporaryFolder()
        port = try Self.freePort()
        let settings = """
            port \(port)
            bind 127.0.0.1
            dir \(folder.path)
            sentinel monitor main 127.0.0.1 \(master.port) 1
            sentinel down-after-milliseconds main 300
            sentinel failover-timeout main 3000
            \(more.joined(separator: "\n"))
            """
        try settings.write(toFile: folder.file("sentinel.conf"), atomically: true, encoding: .utf8)
        command = ["redis-sentinel", folder.file("sentinel.conf")]
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
                command,
                output: .file(folder.file("log")),
                errors: .file(folder.file("log"))
            )
        }
        try await until("the server is ready: \(self.command) \(self.log)") {
            self.log.contains("eady to accept connections") || self.log.contains("Sentinel ID is")
        }
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

    /// Those of the tests of this process.
    private static let given = Mutex<Set<Int>>([])

    /// One that nobody listens on now.
    ///
    /// Not of those that the system gives to clients: one that tries to connect to a server that is down would meet
    /// itself there.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 11_000..<21_000)
            guard given.withLock({ $0.insert(port).inserted }) else { continue }
            #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
            #else
            let kind = SOCK_STREAM
            #endif
            let descriptor = socket(AF_INET, kind, 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let result = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0 { return port }
        }
        throw Missing(what: "a free port")
    }
}

struct Missing: Error, CustomStringConvertible {
    let what: String

    var description: String { "never came: \(what)" }
}

/// Returns once `condition` holds.
func until(
    _ what: @autoclosure () -> String,
    within limit: Duration = .seconds(20),
    _ condition: () async throws -> Bool
) async throws {
    let start = ContinuousClock.now
    while try await !condition() {
        guard ContinuousClock.now - start < limit else { throw Missing(what: what()) }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add() {
        number.add(1, ordering: .relaxed)
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
