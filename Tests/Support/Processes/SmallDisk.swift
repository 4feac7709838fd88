import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A place for a database that can run out of room: a small file system in memory, where this user may mount one; else a
/// limit on the size of the database, which its connections are told to keep.
package final class SmallDisk {
    package enum Way: CustomStringConvertible, Sendable {
        case fileSystem, limit

        package var description: String {
            switch self {
            case .fileSystem: "a full file system"
            case .limit: "a limit on pages, since to mount a file system takes root"
            }
        }
    }

    package let path: String
    package let way: Way
    private var isMounted = false

    /// Whether this user may mount a file system.
    package static var canMount: Bool {
        #if os(Linux)
        geteuid() == 0
        #else
        false
        #endif
    }

    /// - Parameters:
    ///   - megabytes: how much there is room for.
    ///   - owner: a file or folder; the disk belongs to whom that belongs. nil: to this user.
    package init(path: String, megabytes: Int = 40, like owner: String? = nil) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        if Self.canMount {
            isMounted = Self.run("mount", "-t", "tmpfs", "-o", "size=\(megabytes)m", "roost-small", path)
        }
        way = isMounted ? .fileSystem : .limit
        guard let owner else { return }
        var status = stat()
        guard stat(owner, &status) == 0, chown(path, status.st_uid, status.st_gid) == 0, chmod(path, 0o700) == 0 else {
            throw DiskError(what: "cannot give the disk away")
        }
    }

    /// Leaves no room.
    package func fill() throws {
        guard way == .fileSystem else { return try Data().write(to: URL(fileURLWithPath: ballast)) }
        let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw DiskError(what: "cannot fill the disk") }
        defer { close(file) }
        for size in [1 << 20, 1 << 12, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while write(file, block, size) == size {}
        }
        guard errno == ENOSPC else { throw DiskError(what: "cannot fill the disk") }
    }

    package func makeRoom() throws {
        try FileManager.default.removeItem(atPath: ballast)
    }

    /// Copies what lies on it to where it outlives the mount.
    package func save(to folder: String) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
        for name in names where name != Self.ballastName {
            try? FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
        }
    }

    /// Also where somebody still has files on it: it is gone once they are closed.
    package func remove() {
        if isMounted { _ = Self.run("umount", "--lazy", path) }
        isMounted = false
    }

    deinit {
        remove()
    }

    private var ballast: String { "\(path)/\(Self.ballastName)" }
    package static let ballastName = "ballast"

    private static func run(_ words: String...) -> Bool {
        guard let process = try? ChildProcess("/usr/bin/env", words) else { return false }
        process.wait()
        return process.status == .exited(0)
    }
}

/// The system refused, and why.
private struct DiskError: Error, CustomStringConvertible {
    let description: String

    init(what: String) {
        description = "\(what): \(String(cString: strerror(errno)))"
    }
}
