import CDoorbell
import Dispatch
import GRDB
import GRDBSQLite
import RoostCore
import Synchronization

/// Brings what the WAL holds into the database, beside the writers instead of within a commit: that takes tens of
/// milliseconds, for which every process would stand in line.
///
/// The WAL begins anew only if all of it is in the database when somebody begins to write, which never happens by itself
/// under a steady load. So the most of it is copied by a connection of its own, without the turn, and the small rest that
/// came in meanwhile by the writer, in its turn.
final class Checkpointer: Sendable {
    private struct State {
        /// How long the WAL was after the checkpoint before; 0 once it began anew.
        var last = 0
        var isRunning = false
    }

    /// A page that is written often is copied to the file once a checkpoint, hence not more often than each 16 MB.
    private static let pages = 4000
    /// How much the WAL has to grow before the next try, where a reader kept the one before from all of it.
    private static let growth = 1000
    /// So few pages are left to the writer.
    private static let rest = 100
    /// While others write faster than this copies.
    private static let mostRounds = 4

    private let path: String
    private let state = Mutex(State())
    private let length = Atomic(0)
    private let queue = DispatchQueue(label: "roost.checkpoint")

    init(path: String) {
        self.path = path
    }

    /// Takes the place of SQLite's own checkpoints at the commits of `db`, which must not outlive this.
    func attach(to db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, pages in
                if let context {
                    Unmanaged<Checkpointer>.fromOpaque(context).takeUnretainedValue().length
                        .store(Int(pages), ordering: .relaxed)
                }
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    /// To be called after a commit.
    ///
    /// - Parameter finish: copies the rest, on the thread of the writer, and then calls `didFinish`.
    func beginIfDue(_ finish: @escaping @Sendable () -> Void) {
        let length = length.load(ordering: .relaxed)
        let isDue = state.withLock { state in
            if length < state.last { state.last = 0 }
            guard !state.isRunning, length >= Self.pages, length >= state.last + Self.growth else { return false }
            state.isRunning = true
            return true
        }
        guard isDue else { return }
        queue.async {
            self.copyMost()
            finish()
        }
    }

    func didFinish() {
        let length = length.load(ordering: .relaxed)
        state.withLock { $0 = State(last: length) }
    }

    private func copyMost() {
        var file: (device: UInt64, inode: UInt64) = (0, 0)
        // Where the file was moved away, a new one must not be made in its place.
        guard roost_file_key(path, &file.device, &file.inode) else { return }
        do {
            var configuration = Configuration()
            configuration.label = "roost.checkpoint"
            let connection = try DatabaseQueue(path: path, configuration: configuration)
            try connection.writeWithoutTransaction { db in
                // The WAL must be on the disk before what it holds is: as SQLite does it by itself.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                for _ in 0..<Self.mostRounds {
                    let (all, copied) = try db.checkpoint(.passive)
                    if all - copied <= Self.rest { break }
                }
            }
        } catch {
            // Another process is at it, or the disk is full: the writer does what is left, and says what is wrong.
        }
    }
}
