import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a job did not succeed, as it is stored: what a script finds out itself is a letter, so that the words are
/// those of ``StoreRules``; what the worker tells is JSON.
enum StoredFailure {
    static func encode(_ failure: FailureRecord) throws(StoreError) -> [UInt8] {
        [UInt8(ascii: "J"), failure.reason.code] + (try StoredJSON.encode(failure))
    }

    static func decode(_ bytes: ArraySlice<UInt8>) throws(StoreError) -> FailureRecord {
        var reader = ByteReader(bytes)
        switch try reader.number(UInt8.self) {
        case UInt8(ascii: "J"):
            try reader.skip(1)
            return try StoredJSON.decode(FailureRecord.self, from: try reader.data(reader.rest))
        case UInt8(ascii: "P"):
            let parent = try reader.id()
            return StoreRules.parentEnded(parent, in: try JobState(code: try reader.number(UInt8.self)))
        case UInt8(ascii: "C"): return StoreRules.crashed
        case UInt8(ascii: "E"): return StoreRules.expired
        case UInt8(ascii: "A"):
            let message = String(decoding: try reader.slice(reader.rest), as: UTF8.self)
            return StoreRules.additionRejected(StoreError(.rejected, message))
        case let letter:
            throw StoreError(.corrupt, "a failure in Redis begins with byte \(letter), which means nothing")
        }
    }
}

/// The few values that are stored as JSON.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw StoreError(.broken, "\(error)")
        }
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws(StoreError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw StoreError(.corrupt, "a \(type) in Redis cannot be read: \(error)")
        }
    }
}
