import RoostCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a job did not succeed, as JSON that a person can read. Of what a function finds out itself it writes the reason, and the words
/// are those of ``StoreRules``.
struct StoredFailure: Decodable {
    var reason: String
    var errorType: String?
    var message: String?
    var stack: String?
    var parent: JobID?
    var state: Int64?

    static func encode(_ failure: FailureRecord) throws(StoreError) -> String {
        String(decoding: try StoredJSON.encode(failure), as: UTF8.self)
    }

    /// Where it cannot be read it says so, since one row must not keep the others from whoever asks.
    static func decode(_ text: String) -> FailureRecord {
        do {
            return try JSONDecoder().decode(StoredFailure.self, from: Data(text.utf8)).record()
        } catch {
            return FailureRecord(reason: .undecodable, message: "how it ended cannot be read: \(error)")
        }
    }

    private func record() throws -> FailureRecord {
        if let message {
            let reason = FailureReason(rawValue: reason) ?? .error
            return FailureRecord(reason: reason, errorType: errorType ?? "", message: message, stack: stack)
        }
        switch FailureReason(rawValue: reason) {
        case .crashed: return StoreRules.crashed
        case .expired: return StoreRules.expired
        case .parentEnded:
            if let parent, let state { return StoreRules.parentEnded(parent, in: try JobState(code: state)) }
        default: break
        }
        throw StoreError(.corrupt, "the reason is '\(reason)', and nothing more")
    }
}

/// The few values that are stored as JSON.
enum StoredJSON {
    static func encode(_ value: some Encodable) throws(StoreError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        do {
            return try encoder.encode(value)
        } catch {
            throw StoreError(.broken, "\(type(of: value)) cannot be stored as JSON: \(error)")
        }
    }

    /// nil for no headers, which is the rule.
    static func encode(headers: [String: String]) throws(StoreError) -> String? {
        headers.isEmpty ? nil : String(decoding: try encode(headers), as: UTF8.self)
    }

    /// nil where they cannot be read.
    static func headers(_ text: String?) -> [String: String]? {
        guard let text else { return [:] }
        return try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
}

extension String {
    /// Without what no text of Postgres can hold.
    var withoutZeros: String { utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self }
}
