import Foundation
package import ProcessSupport
import Synchronization
import TCPProxy

/// A Postgres server of a test's own. It listens on 127.0.0.1, on a free port, keeps its files in a temporary folder, and is
/// gone with its owner, or with this process if that is killed.
///
/// ```swift
/// let server = try await PostgresServer.start(.init(isDurable: true))
/// try server.sql("CREATE TABLE t AS SELECT 1 AS a")
/// server.kill()
/// try await server.restart()
/// #expect(try server.sql("SELECT a FROM t") == [["1"]])
/// ```
package final class PostgresServer: Sendable {
    package let options: Options
    package let port: Int
    /// With all of its files: `log`, `data`, and its socket.
    package let folder: TemporaryFolder
    private let programs: PostgresPrograms
    private let run = Mutex<Run?>(nil)

    /// From one start to the next.
    private struct Run {
        var processes: PostgresProcesses
        /// How long the log was.
        var logStart: Int
        /// nil once the processes are over.
        var lifeLine: LifeLine?
    }

    /// Starts a server and waits until it answers, and as a standby until it follows.
    ///
    /// - Parameter freePort: asked where the options name no port, and again where another process was quicker.
    /// - Throws: ``PostgresServerNotStarted``, ``PostgresServerError``, ``ProgramNotStarted``.
    package static func start(
        _ options: Options = Options(),
        freePort: () throws -> Int = { try Loopback.freePort() }
    ) async throws -> PostgresServer {
        var attempts = 10
        while true {
            let server = try PostgresServer(options.complete, port: options.port ?? freePort())
            do {
                try await server.makeData()
                try await server.launch()
                return server
            } catch let error as PostgresServerNotStarted {
                attempts -= 1
                guard error.portWasTaken, options.port == nil, attempts > 0 else { throw error }
            }
        }
    }

    private init(_ options: Options, port: Int) throws {
        self.options = options
        programs = try PostgresPrograms.installed.get()
        self.port = port
        folder = try TemporaryFolder()
        try programs.own(folder.path)
        try write(options.configuration(port: port, folder: folder.path), to: "server.conf")
        try write(options.access, to: "hba.conf")
        if let certificates = options.certificates {
            for (file, name) in [
                (certificates.certificate, "server.crt"), (certificates.key, "server.key"),
                (certificates.authority, "ca.crt"),
            ] {
                let copy = folder.file(name)
                try FileManager.default.copyItem(atPath: file, toPath: copy)
                // A key that others may read is refused.
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: copy)
                try programs.own(copy)
            }
        }
    }

    deinit {
        run.withLock { Self.end(&$0) { $0.quit() } }
    }

    private func write(_ lines: [String], to name: String) throws {
        try lines.joined(separator: "\n").appending("\n")
            .write(toFile: folder.file(name), atomically: false, encoding: .utf8)
    }

    private func makeData() async throws {
        guard let primary = options.standbyOf else {
            return try await PostgresTemplate.unpack(to: data, in: folder.path)
        }
        let source = ["-h", primary.folder.path, "-p", "\(primary.port)", "-U", "postgres"]
        let settings = ["-D", data, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
        try await programs.run("pg_basebackup", source + settings, in: folder.path)
    }

    private func launch() async throws {
        let words = programs.command(
            "\(programs.folder)/postgres",
            ["-D", data, "-c", "config_file=\(folder.file("server.conf"))"]
        )
        let output = ChildProcess.Stream.file(folder.file("log"))
        let logStart = log.utf8.count
        try run.withLock { run in
            let process = try ChildProcess(
                words[0],
                Array(words[1...]),
                name: "postgres",
                environment: PostgresPrograms.environment,
                // Not where this process is: the server's user may not be let in there.
                folder: folder.path,
                output: output,
                errors: output
            )
            do {
                let lifeLine = try LifeLine(of: process.number, folder: folder.path, endedBy: SIGQUIT)
                run = Run(processes: .init(postmaster: process, data: data), logStart: logStart, lifeLine: lifeLine)
            } catch {
                process.end()
                throw error
            }
        }
        try await waitUntilReady()
    }

    private static func end(_ run: inout Run?, _ ending: (PostgresProcesses) -> Void) {
        guard let processes = run?.processes else { return }
        _ = processes.postmaster.look()
        ending(processes)
        run?.lifeLine = nil
    }

    private func waitUntilReady() async throws {
        let start = ContinuousClock.now
        while true {
            guard isRunning else { throw notStarted }
            if saysItIsReady, (try? isSetUp()) == true { return }
            guard ContinuousClock.now - start < .seconds(30) else { throw notStarted }
            try await Task.sleep(for: .milliseconds(3))
        }
    }

    private var notStarted: PostgresServerNotStarted {
        let logStart = run.withLock { $0?.logStart ?? 0 }
        return PostgresServerNotStarted(log: String(decoding: log.utf8.dropFirst(logStart), as: UTF8.self))
    }

    /// By the file that `pg_ctl` looks at, too: the first line is the process, the eighth its state.
    private var saysItIsReady: Bool {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8) else { return false }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count > 7 && lines[0] == "\(processNumber)" && lines[7].hasPrefix("ready")
    }

    private func isSetUp() throws -> Bool {
        if let primary = options.standbyOf {
            // One that was promoted has nobody to follow.
            return try !primary.isRunning || sql("SELECT pg_is_in_recovery()") == [["f"]]
                || sql("SELECT status FROM pg_stat_wal_receiver") == [["streaming"]]
        }
        guard let password = options.password else { return try sql("SELECT 1") == [["1"]] }
        // Not to wait for standbys that a line asks for.
        try sql("SET synchronous_commit = local; ALTER ROLE postgres PASSWORD '\(password.replacing("'", with: "''"))'")
        return true
    }
}

extension PostgresServer {
    /// With the password that it asks for: `postgres://postgres@127.0.0.1:12345/postgres`.
    package var url: String {
        // All that is not a letter or a number, so that nobody takes it for a part of the URL.
        let password = options.password?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
        return "postgres://postgres\(password.map { ":\($0)" } ?? "")@127.0.0.1:\(port)/postgres"
    }

    private var data: String { folder.file("data") }

    /// All that it wrote to its log.
    package var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    /// Of the postmaster.
    package var processNumber: Int32 { run.withLock { $0?.processes.postmaster.number ?? -1 } }

    package var isRunning: Bool {
        run.withLock { run in
            guard let postmaster = run?.processes.postmaster else { return false }
            _ = postmaster.look()
            return !postmaster.isOver
        }
    }

    /// Runs SQL by the program `psql` over the socket, past TLS, passwords and proxies, and blocks until it is done.
    ///
    /// - Parameters:
    ///   - text: several statements are one transaction.
    ///   - limit: how long it may take; one that takes longer is given up.
    /// - Returns: the rows of all statements as text; null is an empty one.
    /// - Throws: ``PostgresServerError`` with the server's message.
    @discardableResult
    package func sql(
        _ text: String,
        database: String = "postgres",
        limit: Duration = .seconds(30)
    ) throws -> [[String]] {
        try probe.sql(text, database: database, limit: limit)
    }

    /// Runs a script as `psql` reads it from a pipe, and ends it at the first error.
    ///
    /// - Returns: as ``sql(_:database:limit:)``.
    @discardableResult
    package func run(
        script: String,
        database: String = "postgres",
        limit: Duration = .seconds(30)
    ) throws -> [[String]] {
        let file = folder.file("script-\(UUID().uuidString).sql")
        defer { try? FileManager.default.removeItem(atPath: file) }
        try script.write(toFile: file, atomically: false, encoding: .utf8)
        return try probe.run(scriptAt: file, database: database, limit: limit)
    }

    private var probe: PostgresProbe { PostgresProbe(host: folder.path, port: port) }
}

extension PostgresServer {
    package enum StopMode: Sendable {
        /// Once all clients have gone.
        case smart
        /// Open transactions are rolled back.
        case fast
        /// Nothing is written any more; the next start recovers from the log.
        case immediate
    }

    /// Ends it as an operator would.
    ///
    /// - Throws: ``NotInTime``; it is killed then.
    package func stop(_ mode: StopMode = .fast, within limit: Duration = .seconds(30)) async throws {
        resume()
        let signal =
            switch mode {
            case .smart: SIGTERM
            case .fast: SIGINT
            case .immediate: SIGQUIT
            }
        run.withLock { $0?.processes.postmaster.send(signal) }
        do {
            try await waitUntil("the server on port \(port) ends", within: limit) { !isRunning }
        } catch {
            kill()
            throw error
        }
        kill()
    }

    /// Ends all of its processes as the kernel would.
    package func kill() {
        run.withLock { Self.end(&$0) { $0.end() } }
    }

    /// Starts it again on the same port, with what it had on disk, and waits until it answers. One that runs is killed.
    ///
    /// - Parameter keepsData: false: it comes back empty, as from a disk that was lost, and a standby with what its primary
    ///   has.
    package func restart(keepsData: Bool = true) async throws {
        kill()
        if !keepsData {
            try FileManager.default.removeItem(atPath: data)
            try await makeData()
        }
        let start = ContinuousClock.now
        while true {
            do {
                return try await launch()
            } catch let error as PostgresServerNotStarted {
                // Where its children cannot be found: if somebody else killed it, they hear of it by and by.
                guard error.memoryIsInUse, ContinuousClock.now - start < .seconds(10) else { throw error }
            }
        }
    }

    /// All of its processes stand still, its connections stay open, and what is sent to it waits.
    package func pause() {
        run.withLock { $0?.processes.freeze() }
    }

    package func resume() {
        run.withLock { $0?.processes.thaw() }
    }

    /// Makes a standby a primary of its own; returns once it takes writes.
    package func promote() async throws {
        // It does not wait itself: what is still to be replayed could wait for the snapshot of that very statement.
        try sql("SELECT pg_promote(wait => false)")
        try await waitUntil("the standby on port \(port) takes writes") {
            try sql("SELECT pg_is_in_recovery()") == [["f"]]
        }
    }

    /// Waits until a standby has all that its primary has.
    package func catchUp() async throws {
        guard let primary = options.standbyOf else { return }
        let position = try primary.sql("SELECT pg_current_wal_lsn()")[0][0]
        try await waitUntil("the standby on port \(port) has caught up") {
            try sql("SELECT pg_last_wal_replay_lsn() >= '\(position)'") == [["t"]]
        }
    }
}

/// The server ended, or did not answer in time.
package struct PostgresServerNotStarted: Error, CustomStringConvertible {
    package let log: String

    var portWasTaken: Bool { log.contains("Address already in use") }
    var memoryIsInUse: Bool { log.contains("pre-existing shared memory block") }

    package var description: String { "the server does not start; its log:\n\(log.suffix(4000))" }
}
