internal import DequeModule

/// Who has which connection, who waits, and when a new one is made. Connections and waiters are numbers here.
struct PoolStateMachine {
    typealias Instant = ContinuousClock.Instant

    /// What is to be done, in any order.
    struct Outcome {
        var grants: [(waiter: Int, connection: Int)] = []
        var failures: [(waiter: Int, error: PostgresError)] = []
        /// To be closed.
        var drops: [Int] = []
        /// So many connections are to be made.
        var opens = 0
    }

    private struct Waiter {
        let id: Int
        let deadline: Instant
    }

    private struct Idle {
        let connection: Int
        let since: Instant
    }

    private let limit: Int
    /// How long calls wait, for what they are told then.
    private let timeout: Duration
    private let idleLimit: Duration
    private let backoff: ReconnectBackoff

    /// The one used last is at the end, and used first: those that are too many grow old.
    private var idle: [Idle] = []
    private var busy: Set<Int> = []
    /// Connections made before this number are not used again.
    private var oldest = 0
    private var opening = 0
    private var waiters = Deque<Waiter>()
    private var urgent = Deque<Waiter>()
    /// In a row; while there are any, one connection is made at a time.
    private var failures = 0
    private var lastFailure = ""
    private var nextAttempt: Instant?
    private(set) var isClosed = false

    init(limit: Int, timeout: Duration, idleLimit: Duration = .seconds(60), backoff: ReconnectBackoff = .call) {
        self.limit = max(limit, 1)
        self.timeout = timeout
        self.idleLimit = idleLimit
        self.backoff = backoff
    }

    var isOver: Bool { isClosed && busy.isEmpty }

    // MARK: Calls

    /// Those that come first are served first.
    mutating func acquire(waiter id: Int, isUrgent: Bool, deadline: Instant, now: Instant) -> Outcome {
        guard !isClosed else { return Outcome(failures: [(id, .closed)]) }
        let waiter = Waiter(id: id, deadline: deadline)
        if isUrgent { Self.insert(waiter, in: &urgent) } else { Self.insert(waiter, in: &waiters) }
        return advance(now)
    }

    /// One that comes again for the same call has the place that it had.
    private static func insert(_ waiter: Waiter, in queue: inout Deque<Waiter>) {
        let place = queue.lastIndex { $0.deadline <= waiter.deadline }.map { $0 + 1 } ?? 0
        queue.insert(waiter, at: place)
    }

    /// - Parameter isUsable: false: it is to be closed, or is closed already.
    mutating func release(_ connection: Int, isUsable: Bool, now: Instant) -> Outcome {
        busy.remove(connection)
        var outcome = Outcome()
        if isUsable, !isClosed, connection >= oldest {
            idle.append(Idle(connection: connection, since: now))
        } else {
            outcome.drops.append(connection)
        }
        advance(now, &outcome)
        return outcome
    }

    // MARK: Connections

    mutating func opened(_ connection: Int, now: Instant) -> Outcome {
        opening -= 1
        failures = 0
        nextAttempt = nil
        // Or it began before a failover.
        guard !isClosed, connection >= oldest else {
            var outcome = Outcome(drops: [connection])
            advance(now, &outcome)
            return outcome
        }
        idle.append(Idle(connection: connection, since: now))
        return advance(now)
    }

    /// - Parameters:
    ///   - final: what all that wait are to be told, as trying again does not help.
    ///   - chance: from 0 up to 1.
    mutating func openFailed(
        _ message: String,
        final: PostgresError? = nil,
        now: Instant,
        chance: Double
    ) -> Outcome {
        opening -= 1
        failures += 1
        lastFailure = message
        let next = now + backoff.delay(afterFailure: failures, chance: chance)
        // Of several that were on their way the first counts.
        nextAttempt = max(nextAttempt ?? next, next)
        var outcome = Outcome()
        if let final {
            outcome.failures = (urgent + waiters).map { ($0.id, final) }
            urgent = []
            waiters = []
        }
        advance(now, &outcome)
        return outcome
    }

    /// An idle connection ended.
    mutating func lost(_ connection: Int, now: Instant) -> Outcome {
        idle.removeAll { $0.connection == connection }
        return advance(now)
    }

    /// None of the connections that there are is used for another call.
    ///
    /// - Parameter next: the number that the next connection has.
    mutating func renew(before next: Int, now: Instant) -> Outcome {
        oldest = max(oldest, next)
        var outcome = Outcome(drops: idle.map(\.connection).filter { $0 < oldest })
        idle.removeAll { $0.connection < oldest }
        advance(now, &outcome)
        return outcome
    }

    mutating func close() -> Outcome {
        isClosed = true
        var outcome = Outcome(drops: idle.map(\.connection))
        outcome.failures = (urgent + waiters).map { ($0.id, .closed) }
        (idle, urgent, waiters) = ([], [], [])
        return outcome
    }

    // MARK: Time

    mutating func tick(now: Instant) -> Outcome {
        var outcome = Outcome()
        for waiter in (urgent + waiters) where waiter.deadline <= now {
            outcome.failures.append((waiter.id, patienceEnded))
        }
        urgent.removeAll { $0.deadline <= now }
        waiters.removeAll { $0.deadline <= now }
        while idle.count + busy.count > 1, let first = idle.first, now >= first.since + idleLimit {
            outcome.drops.append(first.connection)
            idle.removeFirst()
        }
        advance(now, &outcome)
        return outcome
    }

    /// When ``tick(now:)`` has something to do.
    var nextTick: Instant? {
        var times: [Instant] = []
        if let first = idle.first, idle.count + busy.count > 1 { times.append(first.since + idleLimit) }
        if let nextAttempt, opening == 0, !(waiters.isEmpty && urgent.isEmpty) { times.append(nextAttempt) }
        if let first = urgent.first { times.append(first.deadline) }
        if let first = waiters.first { times.append(first.deadline) }
        return times.min()
    }

    private var patienceEnded: PostgresError {
        if failures > 0 { return .unreachable(lastFailure) }
        if busy.isEmpty { return .unreachable("there was no connection within \(timeout)") }
        // One more was on its way.
        if opening > 0 { return .timedOut(after: timeout, mayHaveRun: false) }
        return .poolExhausted(connections: limit, after: timeout)
    }

    // MARK: Rules

    private mutating func advance(_ now: Instant) -> Outcome {
        var outcome = Outcome()
        advance(now, &outcome)
        return outcome
    }

    private mutating func advance(_ now: Instant, _ outcome: inout Outcome) {
        while !idle.isEmpty, let waiter = popWaiter(), let last = idle.popLast() {
            busy.insert(last.connection)
            outcome.grants.append((waiter.id, last.connection))
        }
        while wantsToOpen(now) {
            opening += 1
            outcome.opens += 1
        }
    }

    /// The next that may have a connection.
    private mutating func popWaiter() -> Waiter? {
        if busy.count <= limit, let waiter = urgent.popFirst() { return waiter }
        return busy.count < limit ? waiters.popFirst() : nil
    }

    private func wantsToOpen(_ now: Instant) -> Bool {
        guard !isClosed, opening < waiters.count + urgent.count else { return false }
        if failures > 0 {
            guard opening == 0, now >= nextAttempt ?? now else { return false }
        }
        // An urgent call has one more.
        let total = busy.count + idle.count + opening
        return total < limit || total == limit && !urgent.isEmpty
    }
}
