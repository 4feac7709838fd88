/// The path of a file, as the bytes that the system knows it by: not every name is text, and names that Swift regards as
/// equal (é in one character, or in two) are different files.
///
/// It is stored and printed as text on one line: what is not text is written `\xE9`, and `\` is written `\\`.
struct FilePath: Hashable, Comparable, Sendable {
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    static func < (left: FilePath, right: FilePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    func appending(_ name: some Sequence<UInt8>) -> FilePath {
        FilePath(bytes: bytes + (bytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name)
    }

    /// Calls `body` with the path as C wants it.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (bytes + [0]).withUnsafeBytes { buffer in
            try buffer.withMemoryRebound(to: CChar.self) { path in
                // Never nil: there is at least the final zero.
                guard let start = path.baseAddress else { return try "".withCString(body) }
                return try body(start)
            }
        }
    }
}

extension FilePath: CustomStringConvertible {
    var description: String {
        let isText = String(validating: bytes, as: UTF8.self) != nil
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\\"): text += Array(#"\\"#.utf8)
            case ..<0x20, 0x7F: text += Self.escaped(byte)
            case 0x80... where !isText: text += Self.escaped(byte)
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The path that is written as `text`; nil where nothing is.
    init?(written text: String) {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                bytes.append(byte)
                continue
            }
            switch rest.popFirst() {
            case UInt8(ascii: "\\"):
                bytes.append(byte)
            case UInt8(ascii: "x"):
                guard let code = UInt8(String(rest.prefix(2)) ?? "", radix: 16) else { return nil }
                bytes.append(code)
                rest.removeFirst(2)
            default:
                return nil
            }
        }
        self.bytes = bytes
    }

    private static func escaped(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}

extension FilePath: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let path = FilePath(written: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "not a path as this program writes it"
            )
        }
        self = path
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
