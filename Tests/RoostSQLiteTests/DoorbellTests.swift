import Foundation
import ProcessSupport
import RoostSQLite
import Testing

@Suite("The doorbell", .timeLimit(.minutes(1)))
struct DoorbellTests {
    /// Where the sockets of a database are.
    private func bells(of path: String) throws -> String {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let device = try #require(attributes[.systemNumber] as? NSNumber).uint64Value
        let inode = try #require(attributes[.systemFileNumber] as? NSNumber).uint64Value
        return "/tmp/roost-\(getuid())/\(String(device, radix: 36))-\(String(inode, radix: 36))"
    }

    @Test(
        "takes its folder away with the last store that uses it, also after a process that was killed, and makes it again"
    )
    func leavesNothing() async throws {
        let folder = try TemporaryFolder()
        var first: SQLiteStore? = try SQLiteStore(path: folder.file())
        let bells = try bells(of: folder.file())
        for _ in 0..<3 {
            var second: SQLiteStore? = try SQLiteStore(path: folder.file())
            let killed = try OtherProcess("enqueue", folder.file())
            #expect(try killed.line() == "ready")
            killed.kill()
            #expect(FileManager.default.fileExists(atPath: bells))
            await first?.close()
            first = nil
            #expect(FileManager.default.fileExists(atPath: bells), "the second uses it")
            await second?.close()
            second = nil
            // The thread that waits for rings may be the last to let go.
            while FileManager.default.fileExists(atPath: bells) { try await Task.sleep(for: .milliseconds(1)) }
            first = try SQLiteStore(path: folder.file())
        }
        await first?.close()
    }
}
