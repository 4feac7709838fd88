internal import NIOCore
internal import Synchronization

/// A call, and the task that waits for it.
final class RedisCall: PendingCall, Sendable {
    typealias Answer = Result<[RedisValue], RedisError>

    private enum State {
        case new
        case waiting(CheckedContinuation<Answer, Never>)
        case over(Answer?)
    }

    let commands: [RedisCommand]
    let resend: RedisResend
    /// That the command runs, if it runs one.
    let script: RedisScript?
    let deadline: NIODeadline
    private let state = Mutex(State.new)

    init(_ commands: [RedisCommand], resend: RedisResend, script: RedisScript? = nil, deadline: NIODeadline) {
        self.commands = commands
        self.resend = resend
        self.script = script
        self.deadline = deadline
    }

    var replyCount: Int { commands.count }

    var isOver: Bool {
        state.withLock { if case .over = $0 { true } else { false } }
    }

    /// Ends the call. Only the first end counts.
    func end(_ answer: Answer) {
        let continuation: CheckedContinuation<Answer, Never>? = state.withLock { state in
            switch state {
            case .new:
                state = .over(answer)
                return nil
            case .waiting(let continuation):
                state = .over(nil)
                return continuation
            case .over: return nil
            }
        }
        continuation?.resume(returning: answer)
    }

    /// Hands the call to `start`, and waits for its end, also in a task that is cancelled: a worker that shuts down still tells how
    /// its jobs ended. The time limit bounds it.
    func run(_ start: (RedisCall) -> Void) async throws(RedisError) -> [RedisValue] {
        let answer = await withCheckedContinuation { continuation in
            let early: Answer? = state.withLock { state in
                guard case .over(let answer) = state else {
                    state = .waiting(continuation)
                    return nil
                }
                return answer
            }
            if let early { continuation.resume(returning: early) } else { start(self) }
        }
        return try answer.get()
    }
}

extension QueuedCall<RedisCall> {
    private static let asking = RedisCommand("ASKING")

    /// Writes the commands to `buffer`; one that is long is given to `long` instead, so that it is not copied.
    func write(to buffer: inout ByteBuffer, long: (ByteBuffer) -> Void) {
        for command in call.commands {
            if isAsking { Self.asking.write(to: &buffer) }
            command.writeHead(to: &buffer)
            if command.words.readableBytes < 32_768 {
                buffer.writeImmutableBuffer(command.words)
            } else {
                long(buffer)
                long(command.words)
                buffer = ByteBuffer()
            }
        }
    }
}
