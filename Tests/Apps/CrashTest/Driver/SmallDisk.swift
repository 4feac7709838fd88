import Foundation
import ProcessSupport

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What can run out, and the store with it.
protocol Room {
    /// By what it is made to run out.
    var means: String { get }
    func fill() throws
    func makeRoom() throws
}

/// A place for a database that can run out of room: a small file system in memory, where this user may mount one; else a
/// limit on the pages of the database, which its connections are told to keep.
final class SmallDisk: Room {
    enum Way: CustomStringConvertible {
        case fileSystem, limit

        var description: String {
            switch self {
            case .fileSystem: "a full file system"
            case .limit: "a limit on pages, since to mount a file system takes root"
            }
        }
    }

    let path: String
    let way: Way
    var means: String { way.description }
    private var isMounted = false

    init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        #if os(Linux)
        isMounted = geteuid() == 0 && Self.run("mount", "-t", "tmpfs", "-o", "size=40m", "roost-crash", path)
        #endif
        way = isMounted ? .fileSystem : .limit
    }

    /// Leaves no room.
    func fill() throws {
        guard way == .fileSystem else { return try Data().write(to: URL(fileURLWithPath: ballast)) }
        let file = open(ballast, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Failure("cannot fill the disk: \(String(cString: strerror(errno)))") }
        defer { close(file) }
        for size in [1 << 20, 1 << 12, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while write(file, block, size) == size {}
        }
        guard errno == ENOSPC else { throw Failure("cannot fill the disk: \(String(cString: strerror(errno)))") }
    }

    func makeRoom() throws {
        try FileManager.default.removeItem(atPath: ballast)
    }

    /// Copies what lies on it to where it outlives the mount.
    func save(to folder: String) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else { return }
        for name in names where name != Self.ballastName {
            try? FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(folder)/\(name)")
        }
    }

    func remove() {
        if isMounted { _ = Self.run("umount", path) }
        isMounted = false
    }

    deinit {
        remove()
    }

    /// Its name is known to `SQLiteFunctions.room` too.
    private var ballast: String { "\(path)/\(Self.ballastName)" }
    static let ballastName = "ballast"

    private static func run(_ words: String...) -> Bool {
        guard let process = try? ChildProcess("/usr/bin/env", words) else { return false }
        process.wait()
        return process.status == .exited(0)
    }
}
