internal import NIOCore

/// One new connection, to look at the server before it is used.
package struct RedisServerLink: Sendable {
    package var address: RedisAddress { handle.address }
    let handle: ConnectionHandle
    let timeout: Duration

    /// - Throws: ``RedisError``, also for an error that the server answers.
    package func send(_ command: RedisCommand) async throws(RedisError) -> RedisValue {
        let replies = try await pipeline([command])
        guard let reply = replies.first else { throw .connectionLost("no answer") }
        if let error = reply.serverError { throw error.error }
        return reply
    }

    package func pipeline(_ commands: [RedisCommand]) async throws(RedisError) -> [RedisValue] {
        try await handle.request(commands, by: .now() + timeout.asTimeAmount)
    }
}
