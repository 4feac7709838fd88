/// Whether a call whose fate is unknown after a lost connection may be sent again.
package enum PostgresResend: Sendable {
    /// Running it twice is the same as once.
    case safe
    /// It is not sent again: the call throws ``PostgresError/unknownFate(_:)``.
    case never
}
