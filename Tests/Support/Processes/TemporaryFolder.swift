import Foundation

/// A folder for one test, gone with it.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        // Short: a server's socket is in it, and the path of one has at most 103 bytes, of which macOS takes half.
        let name = "roost-\(UUID().uuidString.prefix(13))"
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package func file(_ name: String = "test.db") -> String { "\(path)/\(name)" }
}
