import RoostPostgresClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a statement answered: its rows, each of which is read by the names of columns.
public struct PostgresRows: Sendable, RandomAccessCollection {
    private let result: PostgresResult

    init(_ result: PostgresResult) {
        self.result = result
    }

    /// How many rows it inserted, changed or deleted, or answered.
    public var affected: Int { result.affectedRows }

    public var startIndex: Int { 0 }
    public var endIndex: Int { result.rowCount }

    public subscript(row: Int) -> PostgresRow { PostgresRow(result: result, row: row) }
}

/// One row of an answer.
///
/// ```swift
/// let rows = try await connection.execute("SELECT id, total::text, made::text, to_json(tags) AS tags FROM orders")
/// for row in rows { print(try row.integer("id"), try row.text("total"), try row.text("made"), try row.text("tags")) }
/// ```
///
/// Values come as the server has them, and are read as the methods below say. What is of another type is to be cast in
/// the statement: numbers with a fraction, dates and times, `jsonb`, arrays. Read without a cast they throw, or give
/// what they do not mean.
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int

    /// Whether the column is NULL.
    public func isNull(_ column: String) throws -> Bool {
        result.isNull(row, try index(of: column))
    }

    /// An integer: of the types `smallint`, `integer` and `bigint`.
    ///
    /// - Throws: ``PostgresColumnError`` where it is NULL or another type, or there is no such column.
    public func integer(_ column: String) throws -> Int {
        let index = try index(of: column)
        return Int(try read(column, index, "an integer") { () throws(PostgresError) in try result.int64(row, index) })
    }

    /// A text: of the types `text`, `varchar`, `char`, `name`, `json` and `xml`, and of enumerations.
    ///
    /// - Throws: ``PostgresColumnError`` where it is NULL or no text, or there is no such column.
    public func text(_ column: String) throws -> String {
        let index = try index(of: column)
        return try read(column, index, "a text") { () throws(PostgresError) in try result.text(row, index) }
    }

    /// A value of the type `boolean`.
    ///
    /// - Throws: ``PostgresColumnError`` where it is NULL or another type, or there is no such column.
    public func boolean(_ column: String) throws -> Bool {
        let index = try index(of: column)
        return try read(column, index, "a boolean") { () throws(PostgresError) in try result.bool(row, index) }
    }

    /// A value of the type `uuid`.
    ///
    /// - Throws: ``PostgresColumnError`` where it is NULL or another type, or there is no such column.
    public func uuid(_ column: String) throws -> UUID {
        let index = try index(of: column)
        let words = try read(column, index, "a UUID") { () throws(PostgresError) in try result.id(row, index) }
        return withUnsafeBytes(of: (words.high.bigEndian, words.low.bigEndian)) { $0.loadUnaligned(as: UUID.self) }
    }

    /// The bytes of a `bytea`; those of another type are as Postgres sends it in its binary format.
    ///
    /// - Throws: ``PostgresColumnError`` where it is NULL, or there is no such column.
    public func bytes(_ column: String) throws -> Data {
        let index = try index(of: column)
        return try read(column, index, "bytes") { () throws(PostgresError) in result.data(row, index) }
    }

    private func index(of column: String) throws(PostgresColumnError) -> Int {
        guard let index = result.columnIndex(named: column) else {
            let names = (0..<result.columnCount).map(result.columnName).joined(separator: ", ")
            throw PostgresColumnError(column: column, problem: "there is none of that name, but \(names)")
        }
        return index
    }

    private func read<Value>(
        _ column: String,
        _ index: Int,
        _ what: String,
        _ body: () throws(PostgresError) -> Value
    ) throws(PostgresColumnError) -> Value {
        guard !result.isNull(row, index) else { throw PostgresColumnError(column: column, problem: "it is NULL") }
        do throws(PostgresError) {
            return try body()
        } catch {
            throw PostgresColumnError(
                column: column,
                problem: "it is not \(what): cast it in the statement, ::text or ::bigint"
            )
        }
    }
}

/// A column cannot be read as what was asked for.
public struct PostgresColumnError: Error, Equatable, CustomStringConvertible {
    /// Its name, as it was asked for.
    public let column: String
    /// Why, and what to write instead: `it is not an integer: cast it in the statement, ::text or ::bigint`
    public let problem: String

    public var description: String { "column \(column): \(problem)" }
}
