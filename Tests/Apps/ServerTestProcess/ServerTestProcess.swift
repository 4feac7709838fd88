import Foundation
import PostgresSupport
import ProcessSupport
import RedisSupport

/// Starts a server, `redis` or `postgres`, says its port and its folder, and waits to be killed. With `paused` the server
/// stands still then.
@main
struct ServerTestProcess {
    static func main() async throws {
        let words = CommandLine.arguments.dropFirst()
        if words.contains("postgres") {
            let server = try await PostgresServer.start()
            if words.contains("paused") { server.pause() }
            try await wait(server.port, server.folder) { server.isRunning }
        } else {
            let server = try await RedisServer.start()
            try await wait(server.port, server.folder) { server.isRunning }
        }
    }

    private static func wait(_ port: Int, _ folder: TemporaryFolder, _ isRunning: @Sendable () -> Bool) async throws {
        print(port, folder.path)
        fflush(nil)
        while isRunning() { try await Task.sleep(for: .seconds(1)) }
    }
}
