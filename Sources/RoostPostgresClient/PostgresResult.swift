internal import CLibPQ

/// All rows that a statement answered, in the binary format.
///
/// A value that is not there, or is not of the shape that is asked for, throws ``PostgresError/unexpectedAnswer(_:)``.
package final class PostgresResult: Sendable {
    // Only read until it is freed, and libpq's functions that read a result change nothing of it.
    private nonisolated(unsafe) let result: OpaquePointer

    package let rowCount: Int
    package let columnCount: Int

    /// Takes the result over.
    init(_ result: OpaquePointer) {
        self.result = result
        rowCount = Int(PQntuples(result))
        columnCount = Int(PQnfields(result))
    }

    deinit {
        PQclear(result)
    }

    package func columnName(_ column: Int) -> String {
        guard (0..<columnCount).contains(column), let name = PQfname(result, Int32(column)) else { return "" }
        return String(cString: name)
    }

    /// `oid` of the type in `pg_type`; 0 where there is no such column.
    package func columnType(_ column: Int) -> UInt32 {
        (0..<columnCount).contains(column) ? PQftype(result, Int32(column)) : 0
    }

    package func columnIndex(named name: String) -> Int? {
        (0..<columnCount).first { columnName($0) == name }
    }

    /// How many rows it inserted, changed, deleted or answered.
    package var affectedRows: Int {
        // It reads the tag of the command, which is there from the start.
        PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    private func holds(_ row: Int, _ column: Int) -> Bool {
        (0..<rowCount).contains(row) && (0..<columnCount).contains(column)
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        !holds(row, column) || PQgetisnull(result, Int32(row), Int32(column)) == 1
    }

    /// The bytes as the server sent them; none for NULL.
    package func withBytes<Value, Failure>(
        _ row: Int,
        _ column: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        guard holds(row, column), let start = PQgetvalue(result, Int32(row), Int32(column)) else {
            return try body(UnsafeRawBufferPointer(start: nil, count: 0))
        }
        let length = Int(PQgetlength(result, Int32(row), Int32(column)))
        return try body(UnsafeRawBufferPointer(start: start, count: length))
    }

    package func bytes(_ row: Int, _ column: Int) -> [UInt8] {
        withBytes(row, column) { Array($0) }
    }

    /// Reads a value that is there.
    func read<Value>(
        _ row: Int,
        _ column: Int,
        _ what: StaticString,
        _ body: (UnsafeRawBufferPointer) throws(PostgresError) -> Value?
    ) throws(PostgresError) -> Value {
        guard holds(row, column) else {
            throw .unexpectedAnswer(
                "row \(row) or column \(column) is missing: there are \(rowCount) and \(columnCount)"
            )
        }
        guard !isNull(row, column) else {
            throw .unexpectedAnswer("column \(columnName(column)) is NULL and no \(what)")
        }
        let value = try withBytes(row, column) { (bytes) throws(PostgresError) in try body(bytes) }
        guard let value else {
            throw .unexpectedAnswer("column \(columnName(column)) of type \(columnType(column)) holds no \(what)")
        }
        return value
    }
}
