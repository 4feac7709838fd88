internal import DequeModule
internal import NIOCore

/// One connection: which calls are under way on it, and whose turn it is.
///
/// Replies come in the order of the commands. So a call that takes too long takes the connection with it: what comes
/// later cannot be told from what it still waits for.
struct PipelineStateMachine<Call: PendingCall> {
    enum Received {
        /// The call has more replies to come.
        case more
        case answered(QueuedCall<Call>, [RedisValue])
        /// Nobody waits for it.
        case unasked(RedisValue)
    }

    private var calls: Deque<QueuedCall<Call>> = []
    /// Those of the first call so far, if it takes several.
    private var replies: [RedisValue] = []
    /// How many calls this connection answered.
    private(set) var answered = 0

    var isEmpty: Bool { calls.isEmpty }

    mutating func sent(_ call: QueuedCall<Call>) {
        calls.append(call)
    }

    mutating func received(_ value: RedisValue) -> Received {
        guard let first = calls.first else { return .unasked(value) }
        if first.replyCount > 1 {
            replies.append(value)
            guard replies.count == first.replyCount else { return .more }
            defer { replies = [] }
            return finish(replies)
        }
        return finish([value])
    }

    private mutating func finish(_ values: [RedisValue]) -> Received {
        answered += 1
        return .answered(calls.removeFirst(), values)
    }

    /// When this connection has failed unless an answer comes; nil: it waits for none.
    ///
    /// That of the oldest call, or of one that is sent anew and so is older still.
    var deadline: NIODeadline? { calls.lazy.map(\.call.deadline).min() }

    /// Ends the connection.
    ///
    /// - Returns: the calls whose fate is unknown, in order.
    mutating func lose() -> [QueuedCall<Call>] {
        defer {
            calls = []
            replies = []
        }
        return Array(calls)
    }
}
