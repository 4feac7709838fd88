import GRDB
import GRDBSQLite
import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A prepared statement of GRDB's cache, bound and stepped without GRDB's values between: those cost more than the
/// work itself where a call moves hundreds of jobs.
///
/// Only inside a transaction that GRDB began, so that its observers learn of the commit.
struct Query {
    private let database: Database
    private let statement: Statement
    private let handle: SQLiteStatement

    init(_ database: Database, _ sql: String) throws {
        self.database = database
        self.statement = try database.cachedStatement(sql: sql)
        self.handle = statement.sqliteStatement
        sqlite3_reset(handle)
    }

    // MARK: Running

    /// Whether there is a row; resets itself at the end.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            let message = String(cString: sqlite3_errmsg(database.sqliteConnection))
            sqlite3_reset(handle)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
        }
    }

    /// Runs a statement that answers no rows.
    func run() throws {
        while try step() {}
    }

    /// Reads the only row there can be.
    func first<Value>(_ read: (Query) throws -> Value) throws -> Value? {
        defer { reset() }
        return try step() ? try read(self) : nil
    }

    /// Reads all rows.
    func all<Value>(_ read: (Query) throws -> Value) throws -> [Value] {
        defer { reset() }
        var values: [Value] = []
        while try step() { values.append(try read(self)) }
        return values
    }

    func reset() {
        sqlite3_reset(handle)
    }

    /// How many rows the last statement of the connection changed.
    var changed: Int { Int(sqlite3_changes(database.sqliteConnection)) }

    // MARK: Binding

    @discardableResult
    func bind(_ index: Int32, _ value: Int64) -> Query {
        sqlite3_bind_int64(handle, index, value)
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Int) -> Query {
        bind(index, Int64(value))
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Int64?) -> Query {
        if let value { sqlite3_bind_int64(handle, index, value) } else { sqlite3_bind_null(handle, index) }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ value: Bool) -> Query {
        bind(index, value ? 1 : 0)
    }

    @discardableResult
    func bind(_ index: Int32, _ time: Timestamp?) -> Query {
        bind(index, time?.microseconds)
    }

    @discardableResult
    func bind(_ index: Int32, _ id: JobID) -> Query {
        var bytes = (id.high.bigEndian, id.low.bigEndian)
        _ = withUnsafeBytes(of: &bytes) { bytes in
            sqlite3_bind_blob(handle, index, bytes.baseAddress, 16, Self.transient)
        }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ id: JobID?) -> Query {
        guard let id else {
            sqlite3_bind_null(handle, index)
            return self
        }
        return bind(index, id)
    }

    @discardableResult
    func bind(_ index: Int32, _ data: Data?) -> Query {
        guard let data else {
            sqlite3_bind_null(handle, index)
            return self
        }
        data.withUnsafeBytes { bytes in
            // Without an address SQLite would bind NULL, and no bytes are not the same as none at all.
            if bytes.isEmpty {
                _ = sqlite3_bind_zeroblob(handle, index, 0)
            } else {
                _ = sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), Self.transient)
            }
        }
        return self
    }

    @discardableResult
    func bind(_ index: Int32, _ text: String?) -> Query {
        guard var text else {
            sqlite3_bind_null(handle, index)
            return self
        }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                if let address = characters.baseAddress {
                    _ = sqlite3_bind_text(handle, index, address, Int32(clamping: characters.count), Self.transient)
                } else {
                    _ = sqlite3_bind_text(handle, index, "", 0, Self.transient)
                }
            }
        }
        return self
    }

    /// SQLite copies what is bound so. The value is the one that `SQLITE_TRANSIENT` stands for in C.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    // MARK: Reading

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    /// A number that is counted on from: none below zero, and none that one more would be too much for.
    func count(_ column: Int32) -> Int64 { min(max(0, int(column)), Int64(Int32.max)) }

    func bool(_ column: Int32) -> Bool { int(column) != 0 }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

    func optionalInt(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }

    func time(_ column: Int32) -> Timestamp { Timestamp(microseconds: int(column)) }

    func optionalTime(_ column: Int32) -> Timestamp? { optionalInt(column).map { Timestamp(microseconds: $0) } }

    func text(_ column: Int32) -> String {
        guard let text = sqlite3_column_text(handle, column) else { return "" }
        return String(cString: text)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func data(_ column: Int32) -> Data {
        guard let bytes = sqlite3_column_blob(handle, column) else { return Data() }
        return Data(bytes: bytes, count: Int(sqlite3_column_bytes(handle, column)))
    }

    func optionalData(_ column: Int32) -> Data? { isNull(column) ? nil : data(column) }

    func id(_ column: Int32) throws -> JobID {
        guard let id = optionalID(column) else {
            throw StoreError(.corrupt, "a job id of the database does not have 16 bytes: run PRAGMA integrity_check")
        }
        return id
    }

    func optionalID(_ column: Int32) -> JobID? {
        guard let bytes = sqlite3_column_blob(handle, column), sqlite3_column_bytes(handle, column) == 16 else {
            return nil
        }
        return JobID(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }
}
