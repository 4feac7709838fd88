import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The programs of the newest Postgres that is installed, and whom they run as: Postgres refuses root, and is then the system
/// user `postgres`.
struct PostgresPrograms: Sendable {
    /// nil where it is not installed, or nobody is there to run it.
    static let installed = PostgresPrograms()

    let folder: String
    /// `15.18`
    let version: String
    /// The words before a program that make it the server's user's.
    let identity: [String]

    private init?() {
        let files = FileManager.default
        let debian = "/usr/lib/postgresql"
        let versions = ((try? files.contentsOfDirectory(atPath: debian)) ?? []).sorted {
            $0.compare($1, options: .numeric) == .orderedDescending
        }
        var folders = versions.map { "\(debian)/\($0)/bin" }
        if let said = Self.line("/usr/bin/env", "pg_config", "--bindir") { folders.append(said) }
        folders += (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.first { folder in
            ["postgres", "initdb", "psql", "pgbench"].allSatisfy { files.isExecutableFile(atPath: "\(folder)/\($0)") }
        }
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        guard let found, let line = Self.line("\(found)/postgres", "--version") else { return nil }
        folder = found
        let words = line.split(separator: " ")
        version = words.count > 2 ? String(words[2]) : line
        guard geteuid() == 0 else {
            identity = []
            return
        }
        guard let entry = getpwnam("postgres") else { return nil }
        identity = [
            "setpriv", "--reuid=\(entry.pointee.pw_uid)", "--regid=\(entry.pointee.pw_gid)", "--init-groups", "--",
        ]
    }

    private static func line(_ program: String, _ arguments: String...) -> String? {
        (try? Child(program, arguments).line(within: 10)) ?? nil
    }

    func path(_ program: String) -> String { "\(folder)/\(program)" }
}
