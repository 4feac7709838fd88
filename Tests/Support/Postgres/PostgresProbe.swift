import Foundation
import ProcessSupport

/// Asks a server by the program `psql`, from any process.
package struct PostgresProbe: Sendable {
    /// An address, or the folder of its socket.
    private let host: String
    private let port: Int

    package init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
    }

    /// Runs SQL as the user `postgres`, and blocks until it is done.
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
        try psql(["-c", text], "\(text.prefix(200))", database, limit)
    }

    /// Runs a script as `psql` reads it from a pipe, and ends it at the first error.
    func run(scriptAt path: String, database: String, limit: Duration) throws -> [[String]] {
        try psql(["-v", "ON_ERROR_STOP=1", "-f", path], "a script", database, limit)
    }

    private func psql(
        _ arguments: [String],
        _ what: String,
        _ database: String,
        _ limit: Duration
    ) throws -> [[String]] {
        let folder = try TemporaryFolder()
        let (output, errors) = (folder.file("out"), folder.file("err"))
        let psql = try ChildProcess(
            "\(try PostgresPrograms.installed.get().folder)/psql",
            ["-h", host, "-p", "\(port)", "-U", "postgres", "-d", database]
                + ["-X", "--quiet", "--no-password", "--csv", "--tuples-only"] + arguments,
            environment: PostgresPrograms.environment,
            output: .file(output),
            errors: .file(errors)
        )
        let start = ContinuousClock.now
        while !psql.look() {
            guard ContinuousClock.now - start < limit else {
                psql.end()
                throw PostgresServerError(description: "no answer within \(limit): \(what)")
            }
            usleep(1000)
        }
        guard psql.status == .exited(0) else {
            let message = try String(contentsOfFile: errors, encoding: .utf8)
            throw PostgresServerError(description: message.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return CSV.rows(try String(contentsOfFile: output, encoding: .utf8))
    }
}
