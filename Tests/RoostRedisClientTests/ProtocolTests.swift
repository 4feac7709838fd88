import NIOCore
import Testing

@testable import RoostRedisClient

@Suite struct ProtocolTests {
    private func text(_ command: RedisCommand) -> String {
        var buffer = ByteBuffer()
        command.write(to: &buffer)
        return String(buffer: buffer)
    }

    @Test("a command is encoded as words with their lengths")
    func encoding() {
        var command = RedisCommand("SET", "")
        command.append("é")
        command.append([0, 1])
        command.append([1, 2, 3][1...])
        command.append("ab".utf8.lazy.map { $0 + 1 })
        #expect(
            text(command)
                == "*6\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\né\r\n$2\r\n\u{0}\u{1}\r\n$2\r\n\u{2}\u{3}\r\n$2\r\nbc\r\n"
        )
    }

    @Test("numbers are decimal text", arguments: [0, 9, 10, -1, 1_234_567_890_123, .max, .min] as [Int64])
    func numbers(number: Int64) {
        var command = RedisCommand()
        command.append(number)
        #expect(text(command) == "*1\r\n$\(String(number).count)\r\n\(number)\r\n")
    }

    @Test("a long command keeps its count", arguments: [9, 10, 99, 100, 12_345])
    func count(words: Int) {
        var command = RedisCommand()
        for _ in 0..<words { command.append("x") }
        #expect(text(command) == "*\(words)\r\n" + String(repeating: "$1\r\nx\r\n", count: words))
    }

    private static let replies = """
        +OK\r\n:-42\r\n$-1\r\n*-1\r\n-ERR no\r\n$0\r\n\r\n$5\r\na\r\nb\u{0}\r\n*0\r\n\
        *3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n+y\r\n*2\r\n*1\r\n:7\r\n-NO\r\n
        """
    private static let values: [RedisValue] = [
        .status("OK"), .integer(-42), .null, .null, .error("ERR no"), .bytes([]), .bytes(Array("a\r\nb\u{0}".utf8)),
        .array([]), .array([.integer(1), .array([.bytes([0x78]), .array([])]), .status("y")]),
        .array([.array([.integer(7)]), .error("NO")]),
    ]

    @Test("replies are read, in whatever pieces they come", arguments: [1, 2, 3, 7, 1000])
    func decoding(piece: Int) throws {
        let reader = ReplyReader()
        var values: [RedisValue] = []
        var rest = Array(Self.replies.utf8)[...]
        while !rest.isEmpty {
            try reader.feed(ByteBuffer(bytes: rest.prefix(piece)))
            rest = rest.dropFirst(piece)
            while let value = try reader.next() { values.append(value) }
        }
        #expect(values == Self.values)
    }

    @Test("a reply of many long texts is whole")
    func long() throws {
        let reader = ReplyReader()
        let part = String(repeating: "z", count: 3000)
        try reader.feed(ByteBuffer(string: "*2000\r\n"))
        for _ in 0..<2000 {
            #expect(try reader.next() == nil)
            try reader.feed(ByteBuffer(string: "$3000\r\n\(part)\r\n"))
        }
        #expect(try reader.next() == .array(Array(repeating: .bytes(Array(part.utf8)), count: 2000)))
    }

    @Test(
        "what is no reply is told, in whatever pieces it comes",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", "\r\n", "hello", "*x\r\n", ":1x\r\n", "$abc\r\n", "*2\r\n!1\r\n",
            "\u{16}\u{3}\u{1}",
        ],
        [1, 1000]
    )
    func garbage(text: String, piece: Int) {
        let reader = ReplyReader()
        #expect(throws: ReplyReader.Violation.self) {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                try reader.feed(ByteBuffer(bytes: rest.prefix(piece)))
                rest = rest.dropFirst(piece)
                while try reader.next() != nil {}
            }
        }
    }

    @Test("random bytes end in values or in a violation")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("+-:$*0123456789\r\n\r\nabc".utf8)
        for _ in 0..<2000 {
            let reader = ReplyReader()
            let bytes = (0..<60).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            for byte in bytes {
                do {
                    try reader.feed(ByteBuffer(bytes: [byte]))
                    while try reader.next() != nil {}
                } catch {
                    #expect(!error.reason.isEmpty, "\(bytes)")
                    break
                }
            }
        }
    }

    @Test(
        "SHA-1 is that of the standard",
        arguments: [
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
            ),
            (String(repeating: "a", count: 1_000), "291e9a6c66994949b57ba5e650361e98fc36b1ba"),
        ]
    )
    func digest(text: String, digest: String) {
        #expect(SHA1.hexadecimal(Array(text.utf8)) == digest)
    }

    @Test(
        "a key's slot is that of the cluster specification",
        arguments: [("123456789", 12_739), ("foo", 12_182), ("", 0)]
    )
    func slot(tag: String, slot: Int) {
        #expect(HashSlot.of(tag) == slot)
    }
}
