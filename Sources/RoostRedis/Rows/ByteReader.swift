import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads what the scripts store: big-endian numbers and texts with their lengths.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        self.position = bytes.startIndex
    }

    init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    var rest: Int { bytes.endIndex - position }

    mutating func slice(_ count: Int) throws(StoreError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= rest else {
            throw StoreError(.corrupt, "a value in Redis is cut off: \(count) bytes wanted, \(rest) left")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func skip(_ count: Int) throws(StoreError) {
        _ = try slice(count)
    }

    mutating func number<Number: FixedWidthInteger>(_ type: Number.Type) throws(StoreError) -> Number {
        let size = MemoryLayout<Number>.size
        guard size <= rest else { throw StoreError(.corrupt, "a value in Redis is cut off: a number is missing") }
        var value: Number = 0
        for index in position..<position + size { value = value &<< 8 | Number(truncatingIfNeeded: bytes[index]) }
        position += size
        return value
    }

    mutating func count() throws(StoreError) -> Int {
        Int(try number(UInt32.self))
    }

    mutating func id() throws(StoreError) -> JobID {
        JobID(high: try number(UInt64.self), low: try number(UInt64.self))
    }

    mutating func time() throws(StoreError) -> Timestamp {
        Timestamp(microseconds: try number(Int64.self))
    }

    mutating func data(_ count: Int) throws(StoreError) -> Data {
        Data(try slice(count))
    }
}

extension [UInt8] {
    /// Adds a number, its most significant byte first.
    mutating func append(number: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(id: JobID) {
        append(number: id.high)
        append(number: id.low)
    }
}
