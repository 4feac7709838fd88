import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A Postgres of our own, on a private port, in a folder of the run: each measurement begins with a new one.
///
/// Its settings are the defaults, hence it is durable: `fsync` and `synchronous_commit` are on.
final class PostgresServer {
    static let durability = "fsync on, synchronous_commit on, shared_buffers 128MB"

    let port: Int
    private let programs: PostgresPrograms
    private let process: Child
    private let data: URL
    private var hasEnded = false

    var url: String { "postgres://postgres@127.0.0.1:\(port)/postgres" }

    /// - Parameters:
    ///   - folder: that nothing is in.
    ///   - template: where what `initdb` makes is kept for the next server; it takes half a second.
    init(in folder: URL, template: URL) throws {
        guard let programs = PostgresPrograms.installed else {
            throw Failure("Postgres is not installed, or there is no user to run it")
        }
        self.programs = programs
        port = try freePort()
        data = folder.appending(path: "data")
        // The shell outlives nobody: it ends the server when our end of its input is closed, also by a kill. What was copied is on
        // the disk before anything is measured.
        let shell = """
            cd "$1" && folder=$1 template=$2 port=$3 bin=$4 && shift 4 || exit 1
            if [ ! -d "$template" ]; then
                mkdir "$template.new" && if [ $# -gt 0 ]; then chown postgres: "$template.new"; fi &&
                "$@" "$bin/initdb" -D "$template.new" --no-sync --auth=trust --encoding=UTF8 --locale=C --username=postgres \
                    >initdb.log 2>&1 && mv "$template.new" "$template" || { echo "initdb failed"; exit 1; }
            fi
            cp -a "$template" data && touch postgres.log || exit 1
            if [ $# -gt 0 ]; then chown postgres: . postgres.log; fi
            sync -f data
            "$@" "$bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
                -c unix_socket_directories= -c lc_messages=C >postgres.log 2>&1 &
            server=$!
            trap "kill -QUIT $server 2>/dev/null; wait" EXIT
            trap exit INT TERM HUP
            cat >/dev/null
            """
        let words = [folder.path, template.path, "\(port)", programs.folder] + programs.identity
        process = try Child("/bin/sh", ["-c", shell, "sh"] + words)
        try waitUntilReady(log: folder.appending(path: "postgres.log"))
        let kept = try sql(
            "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings "
                + "WHERE name IN ('fsync', 'full_page_writes', 'shared_buffers', 'synchronous_commit')"
        )
        guard kept == "on on 16384 on" else { throw Failure("the settings of Postgres are not its defaults: \(kept)") }
    }

    deinit { try? end() }

    /// By the file that `pg_ctl` looks at, too: the eighth line is the state.
    private func waitUntilReady(log: URL) throws {
        let deadline = Clock.now + 60
        while true {
            let text = (try? String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8)) ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            if lines.count > 7, lines[7].hasPrefix("ready") { return }
            guard Clock.now < deadline, try process.line(ifWithin: 0.002) == nil, !process.hasEnded else {
                let told = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
                throw Failure(
                    "Postgres did not start; the user it runs as needs a way to its folder; \(told.suffix(300))"
                )
            }
        }
    }

    /// A client of it: one of Postgres's programs.
    func client(_ program: String, _ arguments: [String]) throws -> Child {
        try Child(programs.path(program), ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"] + arguments)
    }

    /// Has it run one statement, by `psql`, and answers what it answers: rows in lines, columns parted by `|`.
    @discardableResult
    func sql(_ statement: String) throws -> String {
        let psql = try client("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, "postgres"])
        var lines: [String] = []
        while let line = try psql.line() { lines.append(line) }
        guard try psql.status() == 0 else { throw Failure("psql failed: \(statement.prefix(100))") }
        return lines.joined(separator: "\n")
    }

    func number(_ statement: String) throws -> Double {
        let text = try sql(statement)
        guard let number = Double(text) else { throw Failure("not a number but '\(text)': \(statement.prefix(100))") }
        return number
    }

    /// Seconds of processor that all of its processes took: those that live, and those that its postmaster has seen end.
    func cpu() throws -> Double {
        let pid = try String(contentsOf: data.appending(path: "postmaster.pid"), encoding: .utf8).prefix { $0 != "\n" }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var ticks = 0.0
        for name in names where Int32(name) != nil {
            // 24871 (postgres) S 1 …; the name may have any characters. What has ended meanwhile is its parent's.
            guard let line = try? String(contentsOfFile: "/proc/\(name)/stat", encoding: .utf8),
                let end = line.lastIndex(of: ")")
            else { continue }
            let fields = line[end...].split(separator: " ").dropFirst().map(String.init)
            guard fields.count > 14, name == pid || fields[1] == pid else { continue }
            // utime, stime; and of children that were waited for.
            ticks += fields[11...(name == pid ? 14 : 12)].compactMap { Double($0) }.reduce(0, +)
        }
        guard ticks > 0 else { throw Failure("the system does not tell what Postgres takes of the processors") }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Ends it at once; nothing to do where it has ended.
    func end() throws {
        guard !hasEnded else { return }
        hasEnded = true
        try process.end()
    }
}
