import CDoorbell
import GRDB
import RoostCore
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The database of a store, with what belongs to its file: the turnstile, the wake-ups and the locks of workers.
///
/// Every call of the store is one closure here; errors are put in words, and the news told, in one place.
final class StoreConnection: Sendable {
    let writer: any DatabaseWriter
    /// For messages; the name of the file, or `:memory:`.
    let path: String
    let options: SQLiteStoreOptions
    let hub: ChangeHub
    let locks: LifeLocks?
    private let ownsWriter: Bool
    private let turnstile: Turnstile?
    private let bell: Doorbell?
    private let watcher: Watcher?
    private let names = Mutex(NameTable())
    private let rows = ClaimedRows()
    /// How many short calls of this process wait for the writer.
    private let shortCalls = Atomic(0)
    private let isClosed = Mutex(false)

    init(_ writer: any DatabaseWriter, ownsWriter: Bool, options: SQLiteStoreOptions) throws(StoreError) {
        let file = Self.file(of: writer)
        self.writer = writer
        self.path = file ?? ":memory:"
        self.options = options
        self.ownsWriter = ownsWriter
        guard let file else {
            turnstile = nil
            bell = nil
            locks = nil
            watcher = nil
            hub = ChangeHub()
            return
        }
        self.turnstile = try Turnstile(path: file)
        let locks = try LifeLocks(path: file)
        let bell = Doorbell(database: file)
        // The watcher and the hub name each other; the box is filled before anybody can arm.
        let box = HubBox()
        let watcher = Watcher(path: file, bell: bell, locks: locks) { box.hub.withLock { $0.hub } }
        self.locks = locks
        self.bell = bell
        self.watcher = watcher
        let hub = ChangeHub { [weak watcher] topics in watcher?.arm(topics) }
        box.hub.withLock { $0.hub = hub }
        self.hub = hub
    }

    deinit {
        watcher?.stop()
    }

    private final class HubBox: Sendable {
        struct Content {
            weak var hub: ChangeHub?
        }
        let hub = Mutex(Content())
    }

    private static func file(of writer: any DatabaseWriter) -> String? {
        let path = try? writer.unsafeRead { db in
            try Query(db, "SELECT file FROM pragma_database_list WHERE name = 'main'").first { $0.text(0) }
        }
        guard let path, !path.isEmpty else { return nil }
        return path
    }

    // MARK: Calls

    /// Runs `body` in one transaction, in this process's turn. It runs to its end even if the calling task is cancelled.
    ///
    /// - Parameter isShort: whether it is done at once, so that calls which are not make room for it.
    func write<Value: Sendable>(
        isShort: Bool = true,
        _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) async throws(StoreError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw StoreError.closed(path) }
        if isShort { shortCalls.add(1, ordering: .relaxed) }
        @Sendable func call(_ db: Database) -> Result<Value, StoreError> {
            if isShort { shortCalls.subtract(1, ordering: .relaxed) }
            return writeNow(db, isShort: isShort, body)
        }
        if ThreadExecutor.isCurrent {
            let result = writeHere(call)
            await ThreadExecutor.yield()
            return try result.get()
        }
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
            writer.asyncWriteWithoutTransaction { continuation.resume(returning: call($0)) }
        }
        return try result.get()
    }

    /// Waits for the writer, and runs `body` on this thread. Not async, or else GRDB's async method were meant.
    private func writeHere<Value>(_ body: (Database) -> Value) -> Value {
        writer.writeWithoutTransaction(body)
    }

    /// Runs `body` on a snapshot of the database.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws(StoreError) -> Value {
        guard !isClosed.withLock({ $0 }) else { throw StoreError.closed(path) }
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
            writer.asyncRead { db in
                continuation.resume(
                    returning: self.mapped {
                        let transaction = ReadTransaction(try db.get(), names: self.names.withLock { $0 })
                        let value = try body(transaction)
                        self.names.withLock { $0.merge(transaction.names) }
                        return value
                    }
                )
            }
        }
        return try result.get()
    }

    /// The part of a call that has the writer.
    func writeNow<Value>(
        _ db: Database,
        isShort: Bool = true,
        _ body: (WriteTransaction) throws -> Value
    ) -> Result<Value, StoreError> {
        var topics: WakeTopics = []
        let result = mapped {
            let isInTurn = try enterTurn(isShort: isShort)
            defer { if isInTurn { turnstile?.leave() } }
            try begin(db)
            do {
                let transaction = makeTransaction(db)
                let value = try body(transaction)
                try transaction.finish()
                try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                names.withLock { $0.merge(transaction.names) }
                rows.add(transaction.claimed)
                topics = transaction.topics
                return value
            } catch {
                // The first error tells more than one of the rollback, which SQLite may have done already.
                try? db.rollback()
                throw error
            }
        }
        tell(topics)
        return result
    }

    /// - Returns: whether there is a turn to leave.
    private func enterTurn(isShort: Bool) throws(StoreError) -> Bool {
        // Half of the time for the line, so that some is left for SQLite's lock where it does not move.
        try turnstile?.enter(timeout: options.busyTimeout / 2, isShort: isShort) ?? false
    }

    /// Whether somebody waits who will be done at once, here or in another process.
    private var isWanted: Bool {
        shortCalls.load(ordering: .relaxed) > 0 || turnstile?.isWanted ?? false
    }

    func makeTransaction(_ db: Database) -> WriteTransaction {
        WriteTransaction(
            db,
            now: options.time.now,
            uptime: options.time.uptime.wholeMicroseconds,
            boot: Boot.id,
            names: names.withLock { $0 },
            rows: rows,
            patience: Patience { [weak self] in self?.isWanted ?? false }
        )
    }

    /// Takes the write lock, by a statement that is parsed once and not for each call, as the one of the commit is: of a
    /// call with one job that is a tenth. A writer of the user's own need not have a busy timeout, so it is waited for here too.
    private func begin(_ db: Database) throws {
        let start = ContinuousClock.now
        while true {
            do {
                return try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                guard ContinuousClock.now - start < options.busyTimeout else { throw error }
                roost_pause_microseconds(500)
            }
        }
    }

    /// Wakes whoever waits for `topics`, here and in other processes. After the commit.
    func tell(_ topics: WakeTopics) {
        guard !topics.isEmpty else { return }
        hub.publish(topics)
        bell?.ring(topics)
    }

    func mapped<Value>(_ body: () throws -> Value) -> Result<Value, StoreError> {
        do {
            return .success(try body())
        } catch {
            return .failure(StoreError.from(error, path: path, waited: options.busyTimeout))
        }
    }

    // MARK: Closing

    func close() async {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return }
        hub.finish()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            // Behind the calls that are on their way, on a thread that may wait.
            writer.asyncWriteWithoutTransaction { db in
                self.watcher?.stop()
                if self.ownsWriter { self.checkpoint(db) }
                continuation.resume()
            }
        }
        if ownsWriter { try? writer.close() }
    }

    /// GRDB closes its readers last, and those may not checkpoint; without this the next to open has the work.
    ///
    /// In the turn, as all checkpoints: one that begins while another connection begins the WAL anew can damage the database,
    /// up to SQLite 3.51.2 (https://www.sqlite.org/wal.html, "The WAL-Reset Bug").
    private func checkpoint(_ db: Database) {
        do {
            let isInTurn = try enterTurn(isShort: false)
            defer { if isInTurn { turnstile?.leave() } }
            _ = try db.checkpoint(.passive)
        } catch {
            // Nothing depends on it, and what is wrong with the file, the next to open says.
        }
    }
}
