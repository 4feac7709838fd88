internal import NIOCore

/// Arguments of one command, encoded for the server as they are appended, so that a batch of 500 jobs costs one buffer.
///
/// ```swift
/// var command = RedisCommand("SET", "answer")
/// command.append(42)
/// ```
package struct RedisCommand: Sendable {
    /// How many words there are.
    private(set) var count = 0
    /// All words, without the line that says how many there are: it is known last.
    private(set) var words = ByteBuffer()

    package init(_ words: String...) {
        for word in words { append(word) }
    }

    /// Room for `bytes` more, so that a long command is not copied while it grows.
    package mutating func reserve(_ bytes: Int) {
        words.reserveCapacity(minimumWritableBytes: bytes)
    }

    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { append($0) }
    }

    /// A slice, `Data`, the UTF-8 of a text.
    package mutating func append(_ bytes: some Collection<UInt8>) {
        let isDone: Void? = bytes.withContiguousStorageIfAvailable { append(UnsafeRawBufferPointer($0)) }
        if isDone == nil { append(Array(bytes)) }
    }

    /// As decimal text.
    package mutating func append(_ number: Int) {
        append(Int64(number))
    }

    /// As decimal text.
    package mutating func append(_ number: Int64) {
        let digits = Self.digits(number.magnitude)
        let length = digits + (number < 0 ? 1 : 0)
        count += 1
        words.writeWithUnsafeMutableBytes(minimumWritableBytes: length + 8) { target in
            var end = Self.write(UInt8(ascii: "$"), UInt64(length), Self.digits(UInt64(length)), to: target, at: 0)
            if number < 0 {
                target[end] = UInt8(ascii: "-")
                end += 1
            }
            Self.write(number.magnitude, digits, to: target, at: end)
            return Self.endLine(of: target, at: end + digits)
        }
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let length = UInt64(bytes.count)
        let digits = Self.digits(length)
        count += 1
        words.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count + digits + 5) { target in
            let start = Self.write(UInt8(ascii: "$"), length, digits, to: target, at: 0)
            UnsafeMutableRawBufferPointer(rebasing: target[start...]).copyMemory(from: bytes)
            return Self.endLine(of: target, at: start + bytes.count)
        }
    }

    /// Writes the whole command to `buffer`.
    func write(to buffer: inout ByteBuffer) {
        writeHead(to: &buffer)
        buffer.writeImmutableBuffer(words)
    }

    /// Writes the line that comes before the words.
    func writeHead(to buffer: inout ByteBuffer) {
        let digits = Self.digits(UInt64(count))
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: digits + 3) { target in
            Self.write(UInt8(ascii: "*"), UInt64(count), digits, to: target, at: 0)
        }
    }

    // MARK: Lines

    /// Writes a line of `mark` and `number`; where it ends.
    private static func write(
        _ mark: UInt8,
        _ number: UInt64,
        _ digits: Int,
        to target: UnsafeMutableRawBufferPointer,
        at start: Int
    ) -> Int {
        target[start] = mark
        write(number, digits, to: target, at: start + 1)
        return endLine(of: target, at: start + 1 + digits)
    }

    private static func write(
        _ number: UInt64,
        _ digits: Int,
        to target: UnsafeMutableRawBufferPointer,
        at start: Int
    ) {
        var rest = number
        for place in stride(from: start + digits - 1, through: start, by: -1) {
            target[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    private static func endLine(of target: UnsafeMutableRawBufferPointer, at end: Int) -> Int {
        target[end] = UInt8(ascii: "\r")
        target[end + 1] = UInt8(ascii: "\n")
        return end + 2
    }

    private static func digits(_ number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        return digits
    }
}
