import Foundation
import ProcessSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What `initdb` makes, which takes it half a second: kept in the temporary folder as one file, for all processes of this user.
enum PostgresTemplate {
    private static let file = Task { try await find() }

    /// Makes the data folder of a new server.
    static func unpack(to folder: String, in work: String) async throws {
        let programs = try PostgresPrograms.installed.get()
        let file = try await file.value
        try await programs.run("/bin/mkdir", ["-m", "700", folder], in: work)
        try await programs.run("/usr/bin/env", ["tar", "-xf", file, "-C", folder], in: work)
    }

    private static func find() async throws -> String {
        let programs = try PostgresPrograms.installed.get()
        // The last number changes with what is in it.
        let name = "roost-postgres-\(programs.version)-\(programs.owner)-1.tar"
        let path = FileManager.default.temporaryDirectory.appending(path: name).path
        // Nobody else's: a server runs what is in it.
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == programs.owner {
            return path
        }

        let work = try TemporaryFolder()
        try programs.own(work.path)
        let data = work.file("data")
        let settings = ["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres"]
        try await programs.run("initdb", ["-D", data] + settings, in: work.path)
        try await programs.run("/usr/bin/env", ["tar", "-cf", work.file("tar"), "-C", data, "."], in: work.path)
        // Whole or not at all, also where several processes do so.
        try await programs.run("/bin/mv", ["-f", work.file("tar"), path], in: work.path)
        return path
    }
}
