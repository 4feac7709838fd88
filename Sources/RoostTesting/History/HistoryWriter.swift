import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Writes what one process witnesses into a file of its own, one JSON line an event.
///
/// Each event is one `write(2)`: once `append` returned, the event outlives the process, however that ends. (Not the
/// machine: nothing is synced.)
///
/// ```swift
/// let witness = try HistoryWriter(path: "\(folder)/worker-\(process).jsonl")
/// try witness.append(.body(.init(at: uptime, process: process, job: id, attempt: 1, phase: .start)))
/// ```
public final class HistoryWriter: Sendable {
    public let path: String
    private let file: Int32
    /// The length of the file: its whole lines.
    private let length: Mutex<off_t>

    /// Opens the file, which is made if it is not there; one left by a process that was killed is continued, without
    /// its half last line.
    ///
    /// - Throws: ``HistoryError`` where it cannot be opened, or another process writes it.
    public init(path: String) throws(HistoryError) {
        let file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Self.error("cannot open", path, errno) }
        do throws(HistoryError) {
            guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
                throw Self.error("cannot lock", path, errno)
            }
            self.length = Mutex(try Self.cutHalfLine(file, path))
        } catch {
            close(file)
            throw error
        }
        self.path = path
        self.file = file
    }

    deinit {
        close(file)
    }

    /// Appends one event. May be called from many tasks and threads.
    ///
    /// - Throws: ``HistoryError`` where the event could not be written, as on a full disk; the file is then as it was.
    public func append(_ event: HistoryEvent) throws(HistoryError) {
        let line = try HistoryLine.event(event).encoded()
        try length.withLock { length throws(HistoryError) in
            let written = line.withUnsafeBytes { bytes in
                var result = write(file, bytes.baseAddress, bytes.count)
                while result < 0, errno == EINTR { result = write(file, bytes.baseAddress, bytes.count) }
                return result
            }
            guard written == line.count else {
                let code = written < 0 ? errno : ENOSPC
                // The next line must not begin in the middle of this one.
                if written > 0, ftruncate(file, length) != 0 { throw Self.error("cannot mend", path, errno) }
                throw Self.error("cannot write to", path, code)
            }
            length += off_t(written)
        }
    }

    /// - Returns: the length that is left.
    private static func cutHalfLine(_ file: Int32, _ path: String) throws(HistoryError) -> off_t {
        var length = lseek(file, 0, SEEK_END)
        guard length >= 0 else { throw error("cannot measure", path, errno) }
        let whole = length
        var byte: UInt8 = 0
        while length > 0 {
            guard pread(file, &byte, 1, length - 1) == 1 else { throw error("cannot read", path, errno) }
            if byte == UInt8(ascii: "\n") { break }
            length -= 1
        }
        if length < whole, ftruncate(file, length) != 0 { throw error("cannot mend", path, errno) }
        return length
    }

    private static func error(_ what: String, _ path: String, _ code: Int32) -> HistoryError {
        HistoryError("\(what) '\(path)': \(String(cString: strerror(code)))")
    }
}
