internal import CHiredis
internal import NIOCore

/// Reads replies from bytes as they come, by hiredis's reader.
///
/// Not for use by two threads at once.
final class ReplyReader {
    /// Bytes that are no reply.
    struct Violation: Error, Equatable {
        let reason: String
    }

    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let calls: UnsafeMutablePointer<roost_reply_calls>
    private let builder: UnsafeMutablePointer<ReplyBuilder>

    init() {
        builder = .allocate(capacity: 1)
        builder.initialize(to: ReplyBuilder())
        calls = .allocate(capacity: 1)
        calls.initialize(
            to: roost_reply_calls(
                context: builder,
                text: { context, type, bytes, count in ReplyReader.add(context, ReplyReader.text(type, bytes, count)) },
                array: { context, count in ReplyReader.builder(context)?.pointee.addArray(of: count) },
                integer: { context, number in ReplyReader.add(context, .integer(number)) },
                null: { context in ReplyReader.add(context, .null) }
            )
        )
        functions = .allocate(capacity: 1)
        functions.initialize(to: redisReplyObjectFunctions())
        guard let reader = roost_reader_create(functions, calls) else {
            // Some hundred bytes: as for Swift's own allocations, there is no going on without.
            preconditionFailure("no memory for a reader of replies")
        }
        self.reader = reader
    }

    deinit {
        redisReaderFree(reader)
        functions.deinitialize(count: 1).deallocate()
        calls.deinitialize(count: 1).deallocate()
        builder.deinitialize(count: 1).deallocate()
    }

    func feed(_ buffer: ByteBuffer) throws(Violation) {
        let result = buffer.withUnsafeReadableBytes { bytes in
            redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard result == REDIS_OK || buffer.readableBytes == 0 else { throw violation }
    }

    /// The next reply; nil: more bytes are needed.
    func next() throws(Violation) -> RedisValue? {
        switch roost_reader_next(reader) {
        case 0: return nil
        case 1:
            // A part that was not asked for, of a later protocol, has no place in a value.
            guard let value = builder.pointee.take() else { throw Violation(reason: "a reply of an unknown type") }
            return value
        default: throw violation
        }
    }

    private var violation: Violation { Violation(reason: String(cString: roost_reader_error(reader))) }

    private static func builder(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<ReplyBuilder>? {
        context?.assumingMemoryBound(to: ReplyBuilder.self)
    }

    private static func add(_ context: UnsafeMutableRawPointer?, _ value: RedisValue) {
        builder(context)?.pointee.add(value)
    }

    private static func text(_ type: Int32, _ bytes: UnsafePointer<CChar>?, _ count: Int) -> RedisValue {
        let bytes = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
        return switch type {
        case REDIS_REPLY_STATUS: .status(String(decoding: bytes, as: UTF8.self))
        case REDIS_REPLY_ERROR: .error(withoutArguments(String(decoding: bytes, as: UTF8.self)))
        default: .bytes(Array(bytes))
        }
    }

    /// What a server says without the arguments that it repeats of a command it does not know: of `AUTH` they are a password.
    private static func withoutArguments(_ error: String) -> String {
        error.firstRange(of: ", with args").map { String(error[..<$0.lowerBound]) } ?? error
    }
}
