/// How long to wait before trying again, with full jitter: anywhere between nothing and a bound that doubles, so that many
/// clients that lost a server at once do not come back at once.
struct ReconnectBackoff: Sendable, Equatable {
    var first: Duration
    var cap: Duration

    /// Before a server is tried again that could not be reached.
    static let connection = ReconnectBackoff(first: .milliseconds(50), cap: .seconds(5))
    /// Before a command is sent again that a server was not ready for.
    static let command = ReconnectBackoff(first: .milliseconds(10), cap: .milliseconds(500))

    /// - Parameters:
    ///   - failure: its number, from 1.
    ///   - chance: from 0 up to 1.
    func delay(afterFailure failure: Int, chance: Double) -> Duration {
        var bound = first
        for _ in 1..<min(max(failure, 1), 64) where bound < cap { bound *= 2 }
        return min(bound, cap) * chance
    }
}
