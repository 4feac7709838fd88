import PostgresSupport
import ProcessSupport
import RedisSupport

/// A server that a scenario may harm.
protocol CrashServer: Sendable {
    /// With all of its files.
    var folder: TemporaryFolder { get }

    func kill()

    /// Starts one that was killed, with what it had on disk, and waits until it answers.
    func startAgain() async throws

    /// Lets it go on, where it stands still.
    func resume()
}

extension RedisServer: CrashServer {
    func startAgain() async throws { try await restart() }
}

extension PostgresServer: CrashServer {
    func startAgain() async throws { try await restart() }

    /// All tables that are made from now on lie on a disk, which may run out of room. The server's log does not: a server that cannot
    /// write that ends.
    func putTables(on disk: SmallDisk) throws {
        try sql("CREATE TABLESPACE small LOCATION '\(disk.path)'")
        try sql("ALTER DATABASE postgres SET default_tablespace = small")
    }
}
