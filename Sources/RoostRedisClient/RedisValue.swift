/// A reply of the server.
package enum RedisValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case bytes([UInt8])
    /// `+OK`
    case status(String)
    /// `-ERR …`, with its code: an answer within a pipeline, or within an array.
    case error(String)
    case array([RedisValue])
}

extension RedisValue {
    package var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    package var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    package var array: [RedisValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The text of a bulk string or of a status; bytes that are not UTF-8 are replaced.
    package var text: String? {
        switch self {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        case .status(let text): text
        case .null, .integer, .error, .array: nil
        }
    }

    package var isNull: Bool { self == .null }
}
