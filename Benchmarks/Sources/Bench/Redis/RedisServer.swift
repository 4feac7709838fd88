import Foundation

/// A `redis-server` of our own, on a private port, in a folder of the run: each measurement begins with a new one.
///
/// All sides have the same persistence: every write goes to the append-only file, which a thread of the server syncs each
/// second. That file is not rewritten meanwhile, since a run that is over in a second would meet a fork or not by chance.
final class RedisServer {
    static let persistence = "appendonly yes, appendfsync everysec"
    private static let settings = [
        "--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--auto-aof-rewrite-percentage", "0",
        "--bind", "127.0.0.1", "--daemonize", "no", "--loglevel", "warning",
    ]

    let port: Int
    private let process: Child
    private let connection: RedisConnection
    private var hasEnded = false

    var url: String { "redis://127.0.0.1:\(port)" }

    /// What is installed; nil where nothing is.
    static let installed: (name: String, version: String)? = {
        for name in ["redis", "valkey"] {
            // Redis server v=7.0.15 sha=…
            let line = try? Child("/usr/bin/env", ["\(name)-server", "--version"]).line(within: 10)
            guard let version = line?.split(separator: " ").first(where: { $0.hasPrefix("v=") }) else { continue }
            return (name, String(version.dropFirst(2)))
        }
        return nil
    }()

    /// - Parameter folder: of its data. What lies there of an earlier one is loaded.
    init(in folder: URL) throws {
        guard let program = Self.installed?.name else { throw Failure("redis-server is not installed") }
        port = try freePort()
        // The shell outlives nobody: it ends the server when our end of its input is closed, also by a kill.
        let shell = """
            cd "$1" || exit 1
            shift
            \(program)-server "$@" >redis.log 2>&1 &
            trap "kill -9 $! 2>/dev/null; wait" EXIT
            trap exit INT TERM HUP
            cat >/dev/null
            """
        process = try Child("/bin/sh", ["-c", shell, "sh", folder.path, "--port", "\(port)"] + Self.settings)
        connection = try Self.connection(to: port, of: process, log: folder.appending(path: "redis.log"))
    }

    deinit { try? end() }

    /// Waits until the server has loaded what there is.
    private static func connection(to port: Int, of process: Child, log: URL) throws -> RedisConnection {
        let deadline = Clock.now + 60
        while true {
            do {
                let connection = try RedisConnection(port: port)
                try connection.run("PING")
                return connection
            } catch {
                guard Clock.now < deadline, try process.line(ifWithin: 0.002) == nil, !process.hasEnded else {
                    let told = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
                    throw Failure("redis-server did not start: \(error); \(told.suffix(300))")
                }
            }
        }
    }

    /// Has it answer `command`, such as `DBSIZE`.
    @discardableResult
    func run(_ command: String...) throws -> RedisReply {
        try connection.run(command.map { .text($0) })
    }

    /// The fields of a section of `INFO`.
    func info(_ section: String) throws -> [String: String] {
        var fields: [String: String] = [:]
        for line in try run("INFO", section).text.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }

    func number(_ field: String, of section: String) throws -> Double {
        guard let number = try info(section)[field].flatMap({ Double($0) }) else {
            throw Failure("redis: INFO \(section) has no \(field)")
        }
        return number
    }

    /// Makes its file as short as it can be, for copies of it, and ends.
    func saveAndEnd() throws {
        try run("BGREWRITEAOF")
        let deadline = Clock.now + 60
        while try number("aof_rewrite_in_progress", of: "persistence")
            + number("aof_rewrite_scheduled", of: "persistence") > 0
        {
            guard Clock.now < deadline else { throw Failure("redis: the rewrite of the file did not end") }
            Clock.sleep(0.01)
        }
        guard try info("persistence")["aof_last_bgrewrite_status"] == "ok" else {
            throw Failure("redis: the file could not be rewritten")
        }
        // It answers by closing the connection.
        _ = try? run("SHUTDOWN", "NOSAVE")
        try end()
    }

    /// Ends it at once; nothing to do where it has ended.
    func end() throws {
        guard !hasEnded else { return }
        hasEnded = true
        try process.end()
    }
}
