import GRDB
import RoostCore

extension StoreError {
    /// Says what an error of SQLite means and what to do about it. The one place where they are told apart.
    static func from(_ error: any Error, path: String, waited: Duration) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else {
            return StoreError(.unavailable, "'\(path)': \(error)")
        }
        let detail = "\(error.message ?? "no message") (SQLite \(error.extendedResultCode.rawValue))"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return busy(path, waited: waited)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return StoreError(
                .readOnly,
                """
                '\(path)' cannot be written: \(detail). Both the file and its folder must be writable for this user, \
                since SQLite keeps '-wal' and '-shm' beside it.
                """
            )
        case .SQLITE_CANTOPEN:
            return StoreError(
                .unavailable,
                """
                '\(path)' cannot be opened: \(detail). Its folder must exist and be writable, the file must be readable.
                """
            )
        case .SQLITE_FULL, .SQLITE_TOOBIG, .SQLITE_NOMEM:
            return StoreError(
                .full,
                "no room to write '\(path)': \(detail). Free some space; nothing of the call was stored, so send it again."
            )
        case .SQLITE_CORRUPT:
            return StoreError(
                .corrupt,
                "'\(path)' is damaged: \(detail). Stop all workers, keep a copy, then restore a backup or use `sqlite3 .recover`."
            )
        case .SQLITE_NOTADB:
            return StoreError(
                .foreign,
                "'\(path)' is not a SQLite database, or is encrypted: give the store a file of its own"
            )
        case .SQLITE_IOERR:
            return StoreError(
                .unavailable,
                "reading or writing '\(path)' failed: \(detail). Look at the disk and its mount."
            )
        case .SQLITE_MISUSE, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_RANGE:
            return StoreError(.broken, "'\(path)': \(error)")
        default:
            return StoreError(.unavailable, "'\(path)': \(detail)")
        }
    }

    static func busy(_ path: String, waited: Duration) -> StoreError {
        StoreError(
            .busy,
            """
            another program holds '\(path)' locked, and did so for the \(waited.inWords) this call waited. Nothing was \
            stored; try again, look for a long or forgotten transaction, or raise busyTimeout.
            """
        )
    }

    static func closed(_ name: String) -> StoreError {
        StoreError(.closed, "\(name) was closed")
    }
}

extension Duration {
    /// `1.5 s`
    fileprivate var inWords: String {
        let milliseconds = wholeMicroseconds / 1000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
