import CDoorbell
import GRDB
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// How a database is opened and made ready.
enum Opening {
    /// - Throws: `StoreError`, which says what is wrong with the file or its folder.
    static func open(path: String, options: SQLiteStoreOptions) throws(StoreError) -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.label = "roost"
        configuration.busyMode = .timeout(Double(options.busyTimeout.wholeMicroseconds) / 1_000_000)
        configuration.prepareDatabase { db in
            // 16 MB: the hot end of every index stays in memory, also with a million rows behind it.
            try db.execute(sql: "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY")
            // A page that is written often is copied into the database once a checkpoint, hence each 16 MB only.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
        }
        do {
            guard !path.isEmpty, path != ":memory:" else { return try DatabaseQueue(configuration: configuration) }
            return try waiting(options.busyTimeout) { try DatabasePool(path: path, configuration: configuration) }
        } catch {
            throw StoreError.from(error, path: path, waited: options.busyTimeout)
        }
    }

    /// Brings the schema up to date and sets what the store asks of its own connection.
    static func prepare(_ connection: StoreConnection, ownsWriter: Bool) throws(StoreError) {
        try connection.mapped {
            try connection.writer.unsafeReentrantWrite { db in
                if ownsWriter {
                    try db.execute(sql: "PRAGMA synchronous = \(connection.options.synchronous.rawValue)")
                }
                // Looked at first, so that opening a store that is up to date waits for no writer.
                guard try Schema.version(db) != Schema.newest else { return }
                try connection.writeNow(db) { transaction in
                    try Schema.migrate(transaction.db, path: connection.path, epoch: JobID())
                }.get()
            }
        }.get()
    }

    /// Tries again while another process holds the file: turning to WAL needs it alone, and SQLite does not wait there.
    private static func waiting<Value>(_ timeout: Duration, _ body: () throws -> Value) throws -> Value {
        let start = ContinuousClock.now
        while true {
            do {
                return try body()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard ContinuousClock.now - start < timeout else { throw error }
                roost_pause_microseconds(5000)
            }
        }
    }
}
