import Foundation
package import ProcessSupport
import Synchronization
import TCPProxy

/// A server of a test's own: Redis, or Valkey where that alone is installed. It listens on 127.0.0.1, on a free port, keeps its
/// files in a temporary folder, and is gone with its owner, or with this process if that is killed.
///
/// ```swift
/// let server = try await RedisServer.start(.init(appendOnly: .always))
/// try server.probe().command("SET", "a", "b")
/// server.kill()
/// try await server.restart()
/// #expect(try server.probe().command("GET", "a") == .text("b"))
/// ```
package final class RedisServer: Sendable {
    package let options: Options
    package let port: Int
    /// With all of its files: the log, and the append-only file in `appendonlydir`.
    package let folder: TemporaryFolder
    private let run: Mutex<Run>

    /// From one start to the next.
    private struct Run {
        var process: ChildProcess
        /// nil once the process is over.
        var lifeLine: LifeLine?
    }

    /// Starts a server and waits until it answers, and as a replica until it has caught up.
    ///
    /// - Throws: ``RedisServerNotStarted``, ``ProgramNotStarted``.
    package static func start(_ options: Options = Options()) async throws -> RedisServer {
        var attempts = 10
        while true {
            let server = try RedisServer(options)
            do {
                try await server.waitUntilReady()
                return server
            } catch let error as RedisServerNotStarted {
                attempts -= 1
                guard error.portWasTaken, options.port == nil, attempts > 0 else { throw error }
            }
        }
    }

    private init(_ options: Options) throws {
        self.options = options
        port = try options.port ?? Loopback.freePort()
        folder = try TemporaryFolder()
        let lines = try options.configuration(port: port, folder: folder.path)
        try lines.joined(separator: "\n").appending("\n")
            .write(toFile: folder.file("server.conf"), atomically: true, encoding: .utf8)
        run = Mutex(try Self.launch(options, folder))
    }

    deinit {
        run.withLock { Self.end(&$0) }
    }

    private static func launch(_ options: Options, _ folder: TemporaryFolder) throws -> Run {
        var arguments = [folder.file("server.conf")]
        if case .sentinel = options.role { arguments.append("--sentinel") }
        let output = ChildProcess.Stream.file(folder.file("log"))
        let process = try ChildProcess(try program(), arguments, output: output, errors: output)
        do {
            return Run(process: process, lifeLine: try LifeLine(of: process.number, folder: folder.path))
        } catch {
            process.end()
            throw error
        }
    }

    private static func program() throws -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        for name in ["redis-server", "valkey-server"] {
            for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
                return "\(folder)/\(name)"
            }
        }
        throw ProgramNotStarted(path: "redis-server or valkey-server", reason: "not installed: run scripts/setup")
    }

    private static func end(_ run: inout Run) {
        _ = run.process.look()
        run.process.end()
        run.lifeLine = nil
    }

    private func waitUntilReady() async throws {
        let start = ContinuousClock.now
        while true {
            guard isRunning else { throw RedisServerNotStarted(log: log) }
            // Nobody listens yet, or what it kept is still being read.
            if let probe = try? probe(), (try? isReady(probe)) == true { return }
            guard ContinuousClock.now - start < .seconds(30) else { throw RedisServerNotStarted(log: log) }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    private func isReady(_ probe: RedisProbe) throws -> Bool {
        guard try probe.command("PING") == .text("PONG") else { return false }
        guard options.replicaOf != nil else { return true }
        let info = try probe.info("replication")
        // One that was made the master since has nobody to catch up with.
        return info["role"] == "master" || info["master_link_status"] == "up"
    }
}

extension RedisServer {
    /// With the name and password that it asks for: `redis://127.0.0.1:12345`, `rediss://name:password@127.0.0.1:12345`.
    package var url: String {
        "\(options.certificates == nil ? "redis" : "rediss")://\(credentials)127.0.0.1:\(port)"
    }

    /// `name:password@`, or nothing.
    package var credentials: String {
        if let user = options.user { return "\(user.name):\(user.password)@" }
        if let password = options.password { return ":\(password)@" }
        return ""
    }

    /// Where it listens besides, always without TLS.
    package var socketPath: String { folder.file("s") }

    /// All that it wrote to its log.
    package var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    package var processNumber: Int32 { run.withLock { $0.process.number } }

    package var isRunning: Bool {
        run.withLock { run in
            _ = run.process.look()
            return !run.process.isOver
        }
    }

    /// A connection to look at it with, past TLS and proxies.
    ///
    /// - Throws: ``RedisProbeError``.
    package func probe(limit: Duration = .seconds(10)) throws -> RedisProbe {
        try RedisProbe(
            socket: socketPath,
            user: options.user?.name,
            password: options.user?.password ?? options.password,
            limit: limit
        )
    }

    /// Ends it as an operator would: what it has not written to disk yet it writes before.
    package func stop() async throws {
        resume()
        run.withLock { $0.process.send(SIGTERM) }
        do {
            try await waitUntil("the server on port \(port) ends") { !isRunning }
        } catch {
            kill()
            throw error
        }
        run.withLock { Self.end(&$0) }
    }

    /// Ends it as the kernel would when memory runs out.
    package func kill() {
        run.withLock { Self.end(&$0) }
    }

    /// Starts it again on the same port, with what it had on disk, and waits until it answers. One that runs is killed.
    ///
    /// - Parameter keepsData: false: it comes back empty, as from a disk that was lost.
    package func restart(keepsData: Bool = true) async throws {
        kill()
        if !keepsData {
            for name in ["appendonlydir", "dump.rdb"] where FileManager.default.fileExists(atPath: folder.file(name)) {
                try FileManager.default.removeItem(atPath: folder.file(name))
            }
        }
        try run.withLock { $0 = try Self.launch(options, folder) }
        try await waitUntilReady()
    }

    /// It stands still, its connections stay open, and what is sent to it waits.
    package func pause() {
        run.withLock { $0.process.send(SIGSTOP) }
    }

    package func resume() {
        run.withLock { $0.process.send(SIGCONT) }
    }
}

/// The server ended, or did not answer in time.
package struct RedisServerNotStarted: Error, CustomStringConvertible {
    package let log: String

    var portWasTaken: Bool { log.lowercased().contains("address already in use") }

    package var description: String { "the server does not start; its log:\n\(log.suffix(4000))" }
}
