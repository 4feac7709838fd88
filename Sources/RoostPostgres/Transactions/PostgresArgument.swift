#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A value that stands for a parameter of a statement: `$1`. The server finds out its type from where it stands.
public protocol PostgresArgument {
    /// As Postgres writes it; nil: NULL.
    var postgresText: String? { get }
}

extension Int: PostgresArgument { public var postgresText: String? { description } }
extension Int32: PostgresArgument { public var postgresText: String? { description } }
extension Int64: PostgresArgument { public var postgresText: String? { description } }
extension Double: PostgresArgument {
    public var postgresText: String? {
        isNaN ? "NaN" : isInfinite ? (self < 0 ? "-Infinity" : "Infinity") : description
    }
}
extension Bool: PostgresArgument { public var postgresText: String? { self ? "true" : "false" } }
extension String: PostgresArgument { public var postgresText: String? { self } }
extension UUID: PostgresArgument { public var postgresText: String? { uuidString } }
extension Data: PostgresArgument {
    public var postgresText: String? {
        let digits = Array("0123456789abcdef".utf8)
        return "\\x" + String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
extension Date: PostgresArgument {
    public var postgresText: String? { formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
extension Optional: PostgresArgument where Wrapped: PostgresArgument {
    public var postgresText: String? { flatMap(\.postgresText) }
}
