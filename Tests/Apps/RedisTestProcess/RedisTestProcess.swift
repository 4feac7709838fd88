import Foundation
import ProcessSupport
import RedisSupport

/// Starts a server, says its port, and waits to be killed.
@main
struct RedisTestProcess {
    static func main() async throws {
        let server = try await RedisServer.start()
        print(server.port, server.folder.path)
        fflush(nil)
        while server.isRunning { try await Task.sleep(for: .seconds(1)) }
    }
}
