import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The few values that are stored as JSON, so that a person with the `sqlite3` shell can read them.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try encoder.encode(value)
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw StoreError(.corrupt, "a \(type) in the database cannot be read: \(error)")
        }
    }

    /// nil for no headers, which is the rule.
    static func encode(headers: [String: String]) throws -> Data? {
        headers.isEmpty ? nil : try encode(headers)
    }

    static func headers(_ data: Data?) throws -> [String: String] {
        guard let data else { return [:] }
        return try decode([String: String].self, from: data)
    }

    /// None where they cannot be read: what became of the job says so, and one row must not keep a list from whoever
    /// looks for that job.
    static func headersToShow(_ data: Data?) -> [String: String] {
        (try? headers(data)) ?? [:]
    }
}
