import CHiredisRaw
import Foundation

/// A blocking connection, by hiredis: no threads, no queue, nothing between a command and the socket. For one thread
/// at a time.
final class RedisConnection {
    private let context: UnsafeMutablePointer<redisContext>

    init(port: Int) throws {
        guard let context = redisConnectWithTimeout("127.0.0.1", Int32(port), timeval(tv_sec: 5, tv_usec: 0)) else {
            throw Failure("no memory for a connection")
        }
        self.context = context
        guard context.pointee.err == 0 else { throw Failure("port \(port): \(problem)") }
        // What a script may take at most; a loop that waits for a server that is gone ends.
        guard redisSetTimeout(context, timeval(tv_sec: 60, tv_usec: 0)) == REDIS_OK else { throw Failure(problem) }
    }

    deinit { redisFree(context) }

    private var problem: String {
        withUnsafeBytes(of: context.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Sends a command, and waits for its reply.
    @discardableResult
    func run(_ arguments: [RedisArgument]) throws -> RedisReply {
        try send(arguments)
        return try reply()
    }

    @discardableResult
    func run(_ words: String...) throws -> RedisReply {
        try run(words.map { .text($0) })
    }

    /// Puts a command in line, to be written with the next ``reply()``.
    func send(_ arguments: [RedisArgument]) throws {
        let bytes = arguments.map(\.bytes)
        let lengths = bytes.map(\.count)
        // hiredis copies them: one buffer, and pointers into it.
        let all = Array(bytes.joined())
        let status = all.withUnsafeBufferPointer { all in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = lengths.map { length in
                defer { offset += length }
                return all.baseAddress.map { UnsafeRawPointer($0 + offset).assumingMemoryBound(to: CChar.self) }
            }
            return redisAppendCommandArgv(context, Int32(bytes.count), &pointers, lengths)
        }
        guard status == REDIS_OK else { throw Failure("redis: \(problem)") }
    }

    /// The reply to the first command that has none yet.
    func reply() throws -> RedisReply {
        var found: UnsafeMutableRawPointer?
        guard redisGetReply(context, &found) == REDIS_OK, let found else { throw Failure("redis: \(problem)") }
        let reply = RedisReply(owning: found.assumingMemoryBound(to: redisReply.self))
        if reply.isError { throw Failure("redis: \(reply.text)") }
        return reply
    }
}

/// An argument of a command.
enum RedisArgument {
    case text(String)
    case number(Int)
    case data([UInt8])

    fileprivate var bytes: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .number(let number): Array("\(number)".utf8)
        case .data(let bytes): bytes
        }
    }
}

/// A reply, with the memory that hiredis took for it.
final class RedisReply {
    private let reply: UnsafeMutablePointer<redisReply>
    /// The one that this is an element of, which owns its memory.
    private let whole: RedisReply?

    fileprivate init(owning reply: UnsafeMutablePointer<redisReply>) {
        self.reply = reply
        whole = nil
    }

    private init(element reply: UnsafeMutablePointer<redisReply>, of whole: RedisReply) {
        self.reply = reply
        self.whole = whole
    }

    deinit {
        if whole == nil { freeReplyObject(reply) }
    }

    fileprivate var isError: Bool { reply.pointee.type == REDIS_REPLY_ERROR }
    var integer: Int { Int(reply.pointee.integer) }
    var count: Int { Int(reply.pointee.elements) }

    var bytes: [UInt8] {
        guard let start = reply.pointee.str else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: Int(reply.pointee.len)))
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// - Returns: nil where there are fewer.
    subscript(index: Int) -> RedisReply? {
        guard index < count, let element = reply.pointee.element[index] else { return nil }
        return RedisReply(element: element, of: whole ?? self)
    }
}
