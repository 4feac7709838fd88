/// What a ``PostgresListener`` hears.
package enum PostgresNotification: Sendable {
    /// It listens from now on, or again: what was told before may have been missed.
    case listening
    case message(channel: String, payload: String)
    /// Nothing is heard until the next ``listening``; said once, not for each attempt.
    case interrupted(PostgresError)
}
