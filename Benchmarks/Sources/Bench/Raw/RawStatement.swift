import GRDB
import GRDBSQLite

/// A prepared statement of GRDB, bound and stepped with nothing between.
struct RawStatement {
    private let statement: Statement
    private let handle: SQLiteStatement

    init(_ db: Database, _ sql: String) throws {
        statement = try db.makeStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    /// Whether there is a row.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        case let code:
            sqlite3_reset(handle)
            throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql)
        }
    }

    func run() throws {
        while try step() {}
    }

    func reset() { sqlite3_reset(handle) }

    @discardableResult
    func bind(_ index: Int32, _ value: Int64) -> RawStatement {
        sqlite3_bind_int64(handle, index, value)
        return self
    }

    /// The others keep what they were bound to: NULL, unless it was changed.
    @discardableResult
    func bind(_ index: Int32, _ bytes: [UInt8]) -> RawStatement {
        bytes.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), Self.transient)
        }
        return self
    }

    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let address = sqlite3_column_blob(handle, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: address, count: Int(sqlite3_column_bytes(handle, column))))
    }

    /// What `SQLITE_TRANSIENT` stands for in C: the bytes are copied.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}
