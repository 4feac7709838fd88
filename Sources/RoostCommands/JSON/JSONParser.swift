/// Reads JSON (RFC 8259), and says where it is at fault.
package struct JSONParser {
    private let bytes: [UInt8]
    private var index = 0

    /// As deep as Foundation's decoder goes.
    private static let deepest = 500

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value that `text` holds, and nothing beside it.
    package static func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(Array(text.utf8))
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.index < parser.bytes.count {
            throw parser.error("the value ends before \(parser.found)")
        }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw error("it is nested deeper than \(Self.deepest) levels") }
        skipSpace()
        guard let byte = peek else { throw error("expected a value, found \(found)") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
        default: throw error("expected a value, found \(found)")
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        index += 1
        var members: [JSONMember] = []
        var keys: Set<String> = []
        skipSpace()
        if take("}") { return .object([]) }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else {
                throw error("expected a key in double quotes, found \(found)")
            }
            let start = index
            let key = try string()
            guard keys.insert(key).inserted else {
                index = start
                throw error("the key \"\(key)\" is there twice")
            }
            skipSpace()
            guard take(":") else { throw error("expected ':' after the key \"\(key)\", found \(found)") }
            members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return .object(members) }
            guard take(",") else { throw error("expected ',' or '}', found \(found)") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return .array([]) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw error("expected ',' or ']', found \(found)") }
        }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                index += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                index += 1
                text += Array(try escape().utf8)
            case 0..<0x20:
                throw error("a line break or another control character in a string: write it as \\n, \\t or \\u00XX")
            default:
                index += 1
                text.append(byte)
            }
        }
        throw error("the text ends within a string")
    }

    private mutating func escape() throws(JSONSyntaxError) -> String {
        guard let byte = peek else { throw error("the text ends within a string") }
        if byte == UInt8(ascii: "u") {
            let start = index - 1
            index += 1
            let unit = try hexadecimal()
            guard 0xD800..<0xE000 ~= unit else { return UnicodeScalar(unit).map(String.init) ?? "\u{FFFD}" }
            guard unit < 0xDC00, take("\\"), take("u") else { throw error("half of a surrogate pair", at: start) }
            let low = try hexadecimal()
            guard 0xDC00..<0xE000 ~= low else { throw error("half of a surrogate pair", at: start) }
            let scalar = 0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(low) - 0xDC00
            return UnicodeScalar(scalar).map { String($0) } ?? "\u{FFFD}"
        }
        guard let character = Self.escapes[byte] else { throw error("no such escape: \\ and \(found)") }
        index += 1
        return character
    }

    private static let escapes: [UInt8: String] = [
        UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/", UInt8(ascii: "b"): "\u{8}",
        UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n", UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
    ]

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek.flatMap({ Character(UnicodeScalar($0)).hexDigitValue }) else {
                throw error("expected four hexadecimal digits after \\u, found \(found)")
            }
            unit = unit << 4 | UInt16(digit)
            index += 1
        }
        return unit
    }

    private mutating func number() throws(JSONSyntaxError) -> String {
        let start = index
        _ = take("-")
        if !take("0") { try digits() }
        if let byte = peek, Self.isDigit(byte) { throw error("a number does not begin with 0") }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard let byte = peek, Self.isDigit(byte) else { throw error("expected a digit, found \(found)") }
        while let byte = peek, Self.isDigit(byte) { index += 1 }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        guard bytes[index...].starts(with: word.utf8) else { throw error("expected a value, found \(found)") }
        index += word.utf8.count
        return value
    }

    // MARK: Reading

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        index += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x0A, 0x0D, 0x09].contains(byte) { index += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    // MARK: Errors

    private var found: String {
        guard index < bytes.count else { return "the end" }
        // The whole character, where it takes several bytes.
        let rest = String(decoding: bytes[index..<min(index + 16, bytes.count)], as: UTF8.self)
        return rest.first.map { "'\($0)'" } ?? "the end"
    }

    private func error(_ reason: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = bytes[..<(place ?? index)]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let column = String(decoding: before[lineStart...], as: UTF8.self).count + 1
        return JSONSyntaxError(line: line, column: column, reason: reason)
    }
}

/// Where and why a text is not JSON.
package struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    let line: Int
    let column: Int
    let reason: String

    package var description: String { "line \(line), column \(column): \(reason)" }
}
