/// What a server answered (RESP2).
package enum RedisReply: Equatable, Sendable {
    case null
    /// A status (`OK`) or a string; bytes that are not UTF-8 are in ``RedisReply/bytes(_:)``.
    case text(String)
    case bytes([UInt8])
    case integer(Int)
    case array([RedisReply])
    /// Only within an array: an error as the answer itself is thrown.
    case error(String)

    /// Also of an integer.
    package var text: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .null, .array, .error: nil
        }
    }

    /// Of a text or of bytes, as the server sent it.
    package var content: [UInt8]? {
        switch self {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .null, .integer, .array, .error: nil
        }
    }

    /// Also of a text of digits.
    package var integer: Int? {
        switch self {
        case .integer(let number): number
        case .text(let text): Int(text)
        case .null, .bytes, .array, .error: nil
        }
    }

    package var array: [RedisReply]? {
        guard case .array(let replies) = self else { return nil }
        return replies
    }

    /// The texts of an array, those that have none left out; empty where it is no array.
    package var texts: [String] { array?.compactMap(\.text) ?? [] }

    /// An array of names and values by turns, as the sentinels and `CONFIG GET` answer.
    package var fields: [String: String] {
        let texts = texts
        var fields: [String: String] = [:]
        for index in stride(from: 0, to: texts.count - 1, by: 2) { fields[texts[index]] = texts[index + 1] }
        return fields
    }
}
