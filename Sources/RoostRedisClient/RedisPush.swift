/// What a subscription hears.
package enum RedisPush: Sendable {
    /// From now on all messages come; what was said before, or since ``interrupted(_:)``, may be lost.
    case subscribed
    case message(channel: String, payload: [UInt8])
    /// No messages come until the next ``subscribed``. Said once an interruption, with its first reason.
    case interrupted(RedisError)
}
