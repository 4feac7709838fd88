#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A folder, and the files in and below it.
struct Folder {
    let path: FilePath

    /// What was found.
    struct Contents {
        /// Regular files, in the order of their paths. No symbolic links, devices, sockets or pipes.
        var files: [FilePath] = []
        /// Folders that could not be read, with the reason.
        var unreadable: [String] = []
        /// Folders on other file systems, which are left out: `/proc` is no place to look for duplicates.
        var elsewhere = 0
    }

    /// - Throws: ``SystemError`` where there is no such folder.
    init(at path: String) throws {
        self.path = try FilePath(resolving: path)
        guard try kind(of: self.path) == .folder else { throw SystemError(path, ENOTDIR) }
    }

    /// Looks through all of it.
    ///
    /// - Parameters:
    ///   - database: the store's, if it is a file: left out, with the files that SQLite and Roost keep beside it.
    ///   - found: told the number of files now and then.
    func contents(without database: FilePath?, found: (Int) -> Void) -> Contents {
        var contents = Contents()
        var waiting = [path]
        var device: UInt64?
        while let folder = waiting.popLast() {
            let names: [[UInt8]]
            do {
                let status = try FileStatus(of: folder)
                guard status.device == device ?? status.device else {
                    contents.elsewhere += 1
                    continue
                }
                device = status.device
                names = try entries(of: folder)
            } catch {
                contents.unreadable.append("\(error)")
                continue
            }
            for name in names {
                let path = folder.appending(name)
                if let database, path == database || path.bytes.starts(with: database.bytes + "-".utf8) { continue }
                // What is gone again was never there.
                switch try? kind(of: path) {
                case .folder: waiting.append(path)
                case .file:
                    contents.files.append(path)
                    if contents.files.count.isMultiple(of: 500) { found(contents.files.count) }
                case .other, nil: break
                }
            }
        }
        contents.files.sort()
        contents.unreadable.sort()
        return contents
    }
}

/// What the system knows of a file. A symbolic link is not followed.
struct FileStatus {
    enum Kind {
        case file
        case folder
        case other
    }

    let kind: Kind
    let device: UInt64
    let inode: UInt64

    /// - Throws: ``SystemError``.
    init(of path: FilePath) throws {
        var status = stat()
        guard path.withCString({ lstat($0, &status) }) == 0 else { throw SystemError("\(path)", errno) }
        self.init(status)
    }

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        default: kind = .other
        }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// Something that the system refused.
struct SystemError: Error, CustomStringConvertible {
    let path: String
    let code: Int32

    init(_ path: String, _ code: Int32) {
        self.path = path
        self.code = code
    }

    /// `/root/secret: Permission denied`
    var description: String { "\(path): \(String(cString: strerror(code)))" }
}

extension FilePath {
    /// The path of what is there, absolute and without symbolic links.
    ///
    /// - Throws: ``SystemError`` where there is nothing.
    init(resolving path: String) throws {
        guard let resolved = realpath(path, nil) else { throw SystemError(path, errno) }
        defer { free(resolved) }
        self.init(bytes: Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved))))
    }
}

private func kind(of path: FilePath) throws -> FileStatus.Kind {
    try FileStatus(of: path).kind
}

/// The names in a folder, without `.` and `..`.
private func entries(of folder: FilePath) throws -> [[UInt8]] {
    guard let handle = folder.withCString({ opendir($0) }) else { throw SystemError("\(folder)", errno) }
    defer { closedir(handle) }
    var names: [[UInt8]] = []
    while let entry = readdir(handle) {
        // By its address, since the entry is shorter than its type: it ends with the name.
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { break }
        let start = UnsafeRawPointer(entry).advanced(by: offset)
        let name = Array(UnsafeRawBufferPointer(start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
        if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
    }
    return names
}
