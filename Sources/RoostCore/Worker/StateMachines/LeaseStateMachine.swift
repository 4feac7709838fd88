/// Keeps account of a worker's leases: which to extend, and when the worker must stop for want of an answer.
///
/// The worker's own idea of a lease's end is always earlier than the store's: it counts from before the call that
/// made or extended it.
struct LeaseStateMachine: Sendable {
    private struct Lease {
        var token: LeaseToken
        /// The uptime at which the worker must regard the lease as over.
        var ends: Duration
        /// Jobs of the lease that are not settled.
        var open: Int
    }

    let duration: Duration
    /// By token; rises, since tokens do.
    private var leases: [Lease] = []

    init(duration: Duration) {
        self.duration = duration
    }

    var tokens: [LeaseToken] { leases.map(\.token) }

    /// When the first lease ends, unless it is extended; nil: there is none.
    var deadline: Duration? { leases.lazy.map(\.ends).min() }

    /// - Parameter asked: the uptime before the claim was sent.
    mutating func add(_ token: LeaseToken, jobs: Int, asked: Duration) {
        leases.append(Lease(token: token, ends: asked + duration, open: jobs))
    }

    /// One job of the lease is settled, or dropped.
    mutating func close(_ token: LeaseToken) {
        guard let index = leases.lastIndex(where: { $0.token == token }) else { return }
        leases[index].open -= 1
        if leases[index].open <= 0 { leases.remove(at: index) }
    }

    /// The store extended `tokens` but those in `lost`.
    ///
    /// - Parameter asked: the uptime before the call was sent.
    mutating func extended(_ tokens: [LeaseToken], lost: [LeaseToken], asked: Duration) {
        let extended = Set(tokens).subtracting(lost)
        for index in leases.indices where extended.contains(leases[index].token) {
            leases[index].ends = asked + duration
        }
        leases.removeAll { lost.contains($0.token) }
    }

    /// The leases that ended without an answer in time, which are forgotten.
    mutating func takeEnded(now: Duration) -> [LeaseToken] {
        let ended = leases.filter { $0.ends <= now }.map(\.token)
        if !ended.isEmpty { leases.removeAll { $0.ends <= now } }
        return ended
    }
}
