import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Where log lines go: an open file, written with one call a record, so that the lines of several processes that write
/// to one file do not mix.
final class LogSink: Sendable {
    private let descriptor: Mutex<Int32>
    /// nil: what is written to was open already, as standard error is.
    let path: String?

    /// Writes to standard error.
    static let standardError = LogSink(descriptor: STDERR_FILENO)

    init(descriptor: Int32) {
        self.descriptor = Mutex(descriptor)
        self.path = nil
    }

    /// Writes to the end of the file at `path`, which is made if it is not there.
    init(path: String) throws(CommandError) {
        self.descriptor = Mutex(try Self.open(path))
        self.path = path
    }

    deinit {
        if path != nil { descriptor.withLock { _ = close($0) } }
    }

    /// Opens the path again: to be called after the file was moved away, as log rotation does.
    func reopen() throws(CommandError) {
        guard let path else { return }
        let new = try Self.open(path)
        let old = descriptor.withLock { descriptor in
            defer { descriptor = new }
            return descriptor
        }
        close(old)
    }

    /// Writes `text`; what cannot be written is lost, since there is nowhere to tell of it.
    func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            descriptor.withLock { descriptor in
                while let start = rest.baseAddress, !rest.isEmpty {
                    let count = systemWrite(descriptor, start, rest.count)
                    if count > 0 {
                        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
                    } else if count == 0 || errno != EINTR {
                        return
                    }
                }
            }
        }
    }

    private static func open(_ path: String) throws(CommandError) -> Int32 {
        let descriptor = systemOpen(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandError("the log file \(path) cannot be opened: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, start, count)
}

private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
    open(path, flags, mode)
}
