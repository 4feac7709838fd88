import RoostPostgresClient

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a statement answered.
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
public struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int

    /// Whether the column is NULL.
    public func isNull(_ column: String) throws -> Bool {
        result.isNull(row, try index(of: column))
    }

    /// An integer of any size.
    public func integer(_ column: String) throws -> Int {
        let index = try index(of: column)
        return Int(try read(column, "an integer") { () throws(PostgresError) in try result.int64(row, index) })
    }

    /// A text, or the text of an enumeration, of JSON, or of XML.
    public func text(_ column: String) throws -> String {
        let index = try index(of: column)
        return try read(column, "a text") { () throws(PostgresError) in try result.text(row, index) }
    }

    public func boolean(_ column: String) throws -> Bool {
        let index = try index(of: column)
        return try read(column, "a boolean") { () throws(PostgresError) in try result.bool(row, index) }
    }

    public func uuid(_ column: String) throws -> UUID {
        let index = try index(of: column)
        let words = try read(column, "a UUID") { () throws(PostgresError) in try result.id(row, index) }
        return withUnsafeBytes(of: (words.high.bigEndian, words.low.bigEndian)) { $0.loadUnaligned(as: UUID.self) }
    }

    public func bytes(_ column: String) throws -> Data {
        let index = try index(of: column)
        guard !result.isNull(row, index) else { throw PostgresColumnError(column: column, problem: "it is NULL") }
        return result.data(row, index)
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
        _ what: String,
        _ body: () throws(PostgresError) -> Value
    ) throws(PostgresColumnError) -> Value {
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
    public let column: String
    public let problem: String

    public var description: String { "column \(column): \(problem)" }
}
