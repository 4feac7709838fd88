import Foundation
import ProcessSupport

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
    /// Throws where Postgres is not installed, each time anew.
    static let installed = Result { try PostgresPrograms() }

    let folder: String
    /// `15.18`.
    let version: String
    private let user: SystemUser?

    private struct SystemUser {
        var number: uid_t
        var group: gid_t
    }

    private init() throws {
        folder = try Self.find()
        user = try Self.serverUser()
        let said = try Self.said(by: "\(folder)/postgres", "--version")
        // postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
        let words = said.split(whereSeparator: \.isWhitespace)
        guard words.count > 2 else { throw ProgramNotStarted(path: "\(folder)/postgres", reason: "it says \(said)") }
        version = String(words[2])
    }

    private static func find() throws -> String {
        let files = FileManager.default
        let debian = "/usr/lib/postgresql"
        let versions = ((try? files.contentsOfDirectory(atPath: debian)) ?? []).sorted {
            $0.compare($1, options: .numeric) == .orderedDescending
        }
        var folders = versions.map { "\(debian)/\($0)/bin" }
        if let said = try? said(by: "/usr/bin/env", "pg_config", "--bindir") {
            folders.append(said.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        folders += (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let found = folders.first { folder in
            ["postgres", "initdb", "psql", "pg_basebackup"].allSatisfy {
                files.isExecutableFile(atPath: "\(folder)/\($0)")
            }
        }
        guard let found else { throw ProgramNotStarted(path: "postgres", reason: "not installed: run scripts/setup") }
        return found
    }

    private static func serverUser() throws -> SystemUser? {
        guard geteuid() == 0 else { return nil }
        guard let entry = getpwnam("postgres") else {
            throw ProgramNotStarted(path: "postgres", reason: "it refuses root, and there is no user `postgres`")
        }
        return SystemUser(number: entry.pointee.pw_uid, group: entry.pointee.pw_gid)
    }

    /// Without the settings that Postgres's programs take from variables, and in the language that their errors are known in.
    static let environment: [String: String] = {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PG") }
        environment["LC_ALL"] = "C"
        return environment
    }()

    private static func said(by program: String, _ arguments: String...) throws -> String {
        let folder = try TemporaryFolder()
        let output = folder.file("output")
        let process = try ChildProcess(program, arguments, environment: environment, output: .file(output))
        process.wait()
        guard process.status == .exited(0) else { throw ProgramNotStarted(path: program, reason: "\(process.status)") }
        return try String(contentsOfFile: output, encoding: .utf8)
    }

    /// Whose the files of a server are.
    var owner: uid_t { user?.number ?? geteuid() }

    /// The words that run a program as the server's user; the process is the program's own.
    func command(_ program: String, _ arguments: [String]) -> [String] {
        guard let user else { return [program] + arguments }
        let identity = ["--reuid=\(user.number)", "--regid=\(user.group)", "--init-groups"]
        return ["/usr/bin/env", "setpriv"] + identity + ["--", program] + arguments
    }

    /// Runs one of Postgres's programs, or of the system's where it has a path, to its end as the server's user.
    ///
    /// - Throws: ``PostgresServerError`` with what it wrote where it failed.
    func run(_ name: String, _ arguments: [String], in folder: String) async throws {
        let words = command(name.contains("/") ? name : "\(self.folder)/\(name)", arguments)
        let program = try Program(at: words[0], Array(words[1...]), environment: Self.environment, in: folder)
        let result = try await program.result()
        guard result.status == 0 else {
            throw PostgresServerError(description: "\(name): \(result.errors)\(result.output)")
        }
    }

    /// Gives a file or folder, not what is in it, to the server's user.
    func own(_ path: String) throws {
        guard let user else { return }
        guard chown(path, user.number, user.group) == 0 else {
            throw PostgresServerError(description: "chown \(path): \(String(cString: strerror(errno)))")
        }
    }
}

/// What the server, or one of its programs, says is wrong.
package struct PostgresServerError: Error, CustomStringConvertible {
    package let description: String
}
