/// How long to wait before trying again, with jitter: a bound that doubles, and of it at least a half, so that many
/// clients that lost a server at once do not come back at once.
struct ReconnectBackoff: Sendable, Equatable {
    var first: Duration
    var cap: Duration

    static let call = ReconnectBackoff(first: .milliseconds(10), cap: .seconds(1))
    static let listener = ReconnectBackoff(first: .milliseconds(50), cap: .seconds(5))

    /// - Parameters:
    ///   - failure: its number, from 1.
    ///   - chance: from 0 up to 1.
    func delay(afterFailure failure: Int, chance: Double) -> Duration {
        var bound = first
        for _ in 1..<min(max(failure, 1), 64) where bound < cap { bound *= 2 }
        return min(bound, cap) * (0.5 + chance / 2)
    }
}
