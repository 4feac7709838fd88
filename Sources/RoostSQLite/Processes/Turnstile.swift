import CDoorbell
import Dispatch
import RoostCore
import Synchronization

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
/// The kernel keeps the line in order, and frees both files when a process dies.
///
/// Nothing bounds a wait for `flock`: so a thread of its own stands in line. It stays there when its caller gave up, and
/// the next caller takes its place over. Trying again and again instead costs three times the processor's time, and the
/// place in line.
///
/// Whoever has little to do and stands in line shares the lock of a byte, so that one who has much to do in its turn
/// can see it and end its turn early.
///
/// The line is for fairness alone. Where it does not move, since a process is frozen in it or in its turn, callers go on
/// without a turn: SQLite's lock keeps them apart, and a process that is stopped must not stop all others.
final class Turnstile: Sendable {
    private enum Line {
        /// Nobody of this process stands in line.
        case empty
        /// The thread does, for a caller that waits.
        case waiting
        /// The thread does, and its caller has given up.
        case abandoned
        /// The thread could not: the errno, for its caller.
        case failed(Int32)
    }

    /// How long a call waits for a line that did not move for the call before.
    private static let patienceWhileStalled: Duration = .milliseconds(10)

    private let wait: Int32
    private let turn: Int32
    /// The file of the life locks: workers lock the bytes of their numbers, which begin at 1.
    private let hurry: Int32
    private static let hurryByte: Int64 = 0
    private let path: String
    private let line = Mutex(Line.empty)
    private let reached = DispatchSemaphore(value: 0)
    private let queue = DispatchQueue(label: "roost.turn")

    /// - Throws: `StoreError` where the files cannot be made beside the database.
    init(path: String) throws(StoreError) {
        self.path = path
        var files: [Int32] = []
        do throws(StoreError) {
            for suffix in ["wait", "turn", "live"] { files.append(try Self.open("\(path)-roost-\(suffix)")) }
        } catch {
            for file in files { close(file) }
            throw error
        }
        (wait, turn, hurry) = (files[0], files[1], files[2])
    }

    deinit {
        close(wait)
        close(turn)
        close(hurry)
    }

    /// Waits for this process's turn. To be called by one thread at a time, that which writes.
    ///
    /// - Parameter isShort: whether the turn will be a short one, for which those with longer ones are to make room.
    /// - Returns: whether it has the turn, which it has to leave; false: the line has not moved for `timeout`.
    /// - Throws: `StoreError` where the files cannot be locked.
    func enter(timeout: Duration, isShort: Bool) throws(StoreError) -> Bool {
        // Only with nobody in line: a file that this process has locked already would be given to it again.
        if case .empty = line.withLock({ $0 }), roost_try_flock(wait) == 0, roost_try_flock(turn) == 0 {
            roost_unflock(wait)
            return true
        }
        if isShort { _ = roost_share_byte(hurry, Self.hurryByte) }
        defer { if isShort { roost_unlock_byte(hurry, Self.hurryByte) } }
        let isStalled = line.withLock { line in
            defer { line = .waiting }
            if case .abandoned = line { return true }
            return false
        }
        if !isStalled { queue.async { self.standInLine() } }
        let patience = isStalled ? min(timeout, Self.patienceWhileStalled) : timeout
        let limit = DispatchTime.now() + .microseconds(Int(clamping: patience.wholeMicroseconds))
        if reached.wait(timeout: limit) == .timedOut {
            let gaveUp = line.withLock { line in
                guard case .waiting = line else { return false }
                line = .abandoned
                return true
            }
            if gaveUp { return false }
            // The turn came at the last moment.
            reached.wait()
        }
        let error = line.withLock { line in
            defer { line = .empty }
            if case .failed(let error) = line { return error }
            return 0
        }
        guard error == 0 else {
            throw StoreError(
                .unavailable,
                "the lock beside '\(path)' cannot be taken: \(String(cString: strerror(error)))"
            )
        }
        return true
    }

    func leave() {
        roost_unflock(turn)
    }

    /// Whether somebody in another process stands in line for a short turn.
    var isWanted: Bool {
        roost_byte_is_locked(hurry, Self.hurryByte) == 1
    }

    private func standInLine() {
        var error = roost_flock(wait)
        if error == 0 { error = roost_flock(turn) }
        roost_unflock(wait)
        line.withLock { line in
            if case .waiting = line {
                line = error == 0 ? .empty : .failed(error)
                reached.signal()
            } else {
                line = .empty
                if error == 0 { roost_unflock(turn) }
            }
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
