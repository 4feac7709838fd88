internal import NIOCore

/// A connection, as seen from tasks.
struct ConnectionHandle: Sendable {
    let address: RedisAddress
    let bound: NIOLoopBound<RedisConnection>

    /// Sends commands on this connection alone, and waits for their answers.
    ///
    /// - Throws: not for an error reply: it is among the values.
    func request(_ commands: [RedisCommand], by deadline: NIODeadline) async throws(RedisError) -> [RedisValue] {
        guard !commands.isEmpty else { return [] }
        return try await RedisCall(commands, resend: .never, deadline: deadline).run { call in
            bound.eventLoop.execute {
                var queued = QueuedCall(call)
                queued.isDirect = true
                bound.value.write(queued)
                bound.value.flush()
            }
        }
    }

    func close() {
        bound.eventLoop.execute { bound.value.lose(.closed) }
    }
}
