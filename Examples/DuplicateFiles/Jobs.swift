import Crypto
import Roost
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// What one job found out about one file.
struct FileHash: Codable, Sendable {
    var path: FilePath
    var size: Int
    var sha256: String
    /// Which file of which disk it is: hard links share it.
    var device: UInt64
    var inode: UInt64
}

/// How many files this process has hashed.
let hashedHere = Atomic(0)

/// Hashes one file, piece by piece: a file of any size takes the same memory.
///
/// What it throws has it tried again, twice; then the file counts as unreadable. To be killed is this program's daily
/// bread, so no number of crashes sets a file aside.
@Job(retries: 2, backoff: .constant(.milliseconds(250)), retention: .minutes(1), maxCrashes: 1_000_000)
func hashFile(path: FilePath) throws -> FileHash {
    // A pipe that took the file's place since must not block, nor a link lead elsewhere.
    let file = path.withCString { open($0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) }
    guard file >= 0 else { throw SystemError("\(path)", errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw SystemError("\(path)", errno) }
    let identity = FileStatus(status)
    guard identity.kind == .file else { throw SystemError("\(path)", EINVAL) }

    var hasher = SHA256()
    var size = 0
    try withUnsafeTemporaryAllocation(byteCount: 256 * 1024, alignment: 16) { buffer in
        while true {
            // Ctrl-C need not wait for the end of a large file.
            try Task.checkCancellation()
            let count = read(file, buffer.baseAddress, buffer.count)
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw SystemError("\(path)", errno)
            }
            guard count > 0 else { return }
            hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            size += count
        }
    }
    hashedHere.add(1, ordering: .relaxed)
    return FileHash(
        path: path,
        size: size,
        sha256: hasher.finalize().hex,
        device: identity.device,
        inode: identity.inode
    )
}

/// The last job: gathers what all the others found out, however they ended.
@Job(retention: .days(30), maxCrashes: 1_000_000)
func findDuplicates(
    folder: FilePath,
    unreadableFolders: [String],
    files: [JobOutcome<FileHash>]
) -> DuplicateReport {
    DuplicateReport(
        folder: folder,
        files: files.compactMap(\.output),
        unreadable: unreadableFolders + files.compactMap(\.failure).map(\.message)
    )
}

extension SHA256.Digest {
    fileprivate var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
