/// Whether a command whose fate is unknown after a cut may be sent again.
package enum RedisResend: Sendable {
    /// Running it twice is the same as once.
    case safe
    /// It is not sent again: the call throws ``RedisError/unknownFate(_:)``.
    case never
}
