import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Counts the pages that were written to a WAL, by the number of its last frame, which SQLite keeps in the index beside
/// the database (https://www.sqlite.org/walformat.html#the_wal_index_header: `mxFrame`, bytes 16 to 19).
final class WALGauge: Sendable {
    private struct State {
        var last: UInt32?
        var pages = 0
    }

    private let file: Int32
    private let state = Mutex(State())

    /// - Parameter path: of a database that is open in WAL mode; nil where its index cannot be read.
    init?(of path: String) {
        // Never closed: that would release the locks that SQLite holds on the same file in this process.
        file = open(path + "-shm", O_RDONLY)
        guard file >= 0 else { return nil }
        note()
    }

    /// To be called after each transaction: when the WAL begins anew, all frames of it are new.
    func note() {
        var frame: UInt32 = 0
        guard pread(file, &frame, 4, 16) == 4 else { return }
        state.withLock { state in
            if let last = state.last { state.pages += frame >= last ? Int(frame - last) : Int(frame) }
            state.last = frame
        }
    }

    var pages: Int { state.withLock { $0.pages } }
}
