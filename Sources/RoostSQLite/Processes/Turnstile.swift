import CDoorbell
import RoostCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The order in which processes write (rule 10): without it, one that drains a queue keeps all others out for seconds,
/// since SQLite lets whoever asks first after a commit have the lock, and that is the one that runs.
///
/// Two files. Whoever wants to write waits for `wait`, then for `turn`, and lets go of `wait` once it has `turn`: so
/// one process at a time stands right behind the writer, and the writer, when it comes again, stands behind that one.
/// The kernel frees both when a process dies. One that is frozen makes others `busy`: they try for `busyTimeout` and
/// no longer, which a blocking `flock` could not do.
final class Turnstile: Sendable {
    private let wait: Int32
    private let turn: Int32
    private let path: String

    /// - Throws: `StoreError` where the files cannot be made beside the database.
    init(path: String) throws(StoreError) {
        self.path = path
        self.wait = try Self.open(path + "-roost-wait")
        do throws(StoreError) {
            self.turn = try Self.open(path + "-roost-turn")
        } catch {
            close(wait)
            throw error
        }
    }

    deinit {
        close(wait)
        close(turn)
    }

    /// Waits for this process's turn. To be called on the thread that writes, never on a cooperative one.
    func enter(timeout: Duration) throws(StoreError) {
        let start = ContinuousClock.now
        try lock(wait, from: start, timeout: timeout, slowest: 400)
        defer { roost_unflock(wait) }
        // At most one process is here: it may look often.
        try lock(turn, from: start, timeout: timeout, slowest: 100)
    }

    func leave() {
        roost_unflock(turn)
    }

    private func lock(
        _ file: Int32,
        from start: ContinuousClock.Instant,
        timeout: Duration,
        slowest: UInt32
    ) throws(StoreError) {
        var pause: UInt32 = 25
        while true {
            let error = roost_try_flock(file)
            if error == 0 { return }
            guard error == EWOULDBLOCK else {
                throw StoreError(
                    .unavailable,
                    "the lock beside '\(path)' cannot be taken: \(String(cString: strerror(error)))"
                )
            }
            guard ContinuousClock.now - start < timeout else { throw StoreError.busy(path, waited: timeout) }
            roost_pause_microseconds(pause)
            pause = min(pause * 2, slowest)
        }
    }

    /// Opens a file beside the database, which must be writable by whoever may write the database.
    static func open(_ path: String) throws(StoreError) -> Int32 {
        let file = roost_open(path, 0o666)
        guard file >= 0 else {
            let code: StoreError.Code = [EACCES, EPERM, EROFS].contains(-file) ? .readOnly : .unavailable
            throw StoreError(
                code,
                """
                '\(path)' cannot be opened for writing: \(String(cString: strerror(-file))). The folder of the database \
                must exist and be writable for this user.
                """
            )
        }
        return file
    }
}
