internal import DequeModule
internal import NIOCore

/// The calls that share one connection at a time, and when there is to be a new one.
struct LineStateMachine<Call: PendingCall> {
    enum Link: Equatable {
        /// There is no connection, and nobody wants one.
        case none
        case connecting
        /// No connection could be made, or it was lost before it was of use.
        case resting(until: NIODeadline)
        case open
        /// What is under way is answered here; then comes a new connection.
        case leaving
        case closed
    }

    /// What is to be done now.
    enum Step: Equatable {
        case none
        case connect
        /// Take from ``next()`` what is to be sent.
        case send
    }

    /// A call that ends without an answer, and why.
    struct Ended {
        let call: QueuedCall<Call>
        let error: RedisError
    }

    /// What is to be done, who is to be told, and when to look again.
    struct Outcome {
        var step = Step.none
        var ended: [Ended] = []
        var next: NIODeadline?
    }

    /// For messages.
    private let timeout: Duration
    private(set) var link = Link.none
    private var waiting: Deque<QueuedCall<Call>> = []
    /// Calls that a server was not ready for.
    private var delayed: [(due: NIODeadline, queued: QueuedCall<Call>)] = []
    /// Connections in a row that could not be made, or were lost before they answered a call.
    private(set) var failures = 0
    /// Why there is no connection.
    private(set) var lastFailure: RedisError?
    /// Why the present one is left, where that says nothing of a better one.
    private var refusal: RedisError?

    init(timeout: Duration) {
        self.timeout = timeout
    }

    // MARK: Calls

    mutating func add(_ call: Call) -> Step {
        waiting.append(QueuedCall(call))
        return wish
    }

    /// The next call to send, if it can be sent now.
    mutating func next() -> QueuedCall<Call>? {
        guard link == .open else { return nil }
        while let queued = waiting.popFirst() { if !queued.call.isOver { return queued } }
        return nil
    }

    /// An answer came over the connection: it is good.
    mutating func succeeded() {
        failures = 0
        lastFailure = nil
    }

    /// A server was not ready for `queued`: it did not run.
    ///
    /// - Returns: when to look again.
    mutating func delay(
        _ queued: QueuedCall<Call>,
        _ refusal: RedisError,
        now: NIODeadline,
        chance: Double
    ) -> NIODeadline {
        var queued = queued
        queued.refusals += 1
        queued.refusal = refusal
        let due = now + ReconnectBackoff.command.delay(afterFailure: queued.refusals, chance: chance).asTimeAmount
        delayed.append((due, queued))
        return min(due, queued.call.deadline)
    }

    /// Another server is the right one for `queued`, which did not run: it is sent there at once, unless servers send it
    /// to and fro.
    ///
    /// - Returns: what is to be done, and when to look again.
    mutating func redirect(
        _ queued: QueuedCall<Call>,
        _ refusal: RedisError,
        now: NIODeadline,
        chance: Double
    ) -> (Step, NIODeadline?) {
        guard queued.refusals < 2 else { return (.none, delay(queued, refusal, now: now, chance: chance)) }
        var queued = queued
        queued.refusals += 1
        waiting.append(queued)
        return (wish, nil)
    }

    private var wish: Step {
        mutating get {
            guard !waiting.isEmpty else { return .none }
            switch link {
            case .open: return .send
            case .none:
                link = .connecting
                return .connect
            case .connecting, .resting, .leaving, .closed: return .none
            }
        }
    }

    // MARK: The connection

    mutating func connected() -> Step {
        guard link == .connecting else { return .none }
        link = .open
        return wish
    }

    /// - Parameters:
    ///   - isFinal: trying again does not help: who waits is told at once.
    mutating func couldNotConnect(
        _ error: RedisError,
        isFinal: Bool,
        now: NIODeadline,
        chance: Double
    ) -> Outcome {
        guard link == .connecting else { return Outcome() }
        var outcome = Outcome(next: rest(error, now: now, chance: chance))
        if isFinal { outcome.ended = takeAll().map { Ended(call: $0, error: error) } }
        return outcome
    }

    private mutating func takeAll() -> [QueuedCall<Call>] {
        defer {
            waiting = []
            delayed = []
        }
        return Array(waiting) + delayed.map(\.queued)
    }

    private mutating func rest(_ error: RedisError, now: NIODeadline, chance: Double) -> NIODeadline {
        failures += 1
        lastFailure = error
        let until = now + ReconnectBackoff.connection.delay(afterFailure: failures, chance: chance).asTimeAmount
        link = .resting(until: until)
        return until
    }

    /// The server is not the right one: nothing more is sent there.
    ///
    /// - Parameter refusal: where it does not say which is, so that the next one may not be right either: there is a pause before.
    mutating func leave(for refusal: RedisError? = nil) {
        guard link == .open else { return }
        link = .leaving
        self.refusal = refusal
    }

    /// The connection is gone.
    ///
    /// - Parameters:
    ///   - underWay: what was sent there, and not answered.
    ///   - wasUseful: it answered a call; if it did not, the next one has to wait.
    mutating func lost(
        _ underWay: [QueuedCall<Call>],
        error: RedisError,
        wasUseful: Bool,
        now: NIODeadline,
        chance: Double
    ) -> Outcome {
        var outcome = strand(underWay, error: error, now: now)
        guard link != .closed else { return outcome }
        if link == .leaving, let refusal {
            outcome.next = rest(refusal, now: now, chance: chance)
            self.refusal = nil
        } else if wasUseful || link == .leaving {
            link = .none
            outcome.step = wish
        } else {
            outcome.next = rest(error, now: now, chance: chance)
        }
        return outcome
    }

    /// These were sent, and no answer will come.
    mutating func strand(_ underWay: [QueuedCall<Call>], error: RedisError, now: NIODeadline) -> Outcome {
        var outcome = Outcome()
        var again: [QueuedCall<Call>] = []
        for queued in underWay where !queued.call.isOver {
            if let end = end(of: queued.call, by: error, now: now) {
                outcome.ended.append(Ended(call: queued, error: end))
            } else {
                again.append(queued)
            }
        }
        waiting.prepend(contentsOf: again)
        return outcome
    }

    /// How a call ends that was sent and got no answer; nil: it is sent again.
    private func end(of call: Call, by error: RedisError, now: NIODeadline) -> RedisError? {
        if link == .closed { return .closed }
        if call.resend == .never { return .unknownFate("\(error)") }
        // Whatever answers there would answer the same again.
        if case .protocolViolation = error { return error }
        return call.deadline <= now ? .timedOut(timeout) : nil
    }

    /// No connection any more, and none to come.
    mutating func close() -> [Ended] {
        link = .closed
        return takeAll().map { Ended(call: $0, error: .closed) }
    }

    // MARK: Time

    /// Time went on.
    mutating func look(now: NIODeadline) -> Outcome {
        guard link != .closed else { return Outcome() }
        for (due, queued) in delayed where due <= now { waiting.append(queued) }
        delayed.removeAll { $0.due <= now }
        var late = waiting.filter { $0.call.deadline <= now }
        late += delayed.lazy.map(\.queued).filter { $0.call.deadline <= now }
        waiting.removeAll { $0.call.deadline <= now }
        delayed.removeAll { $0.queued.call.deadline <= now }
        if case .resting(let until) = link, until <= now { link = .none }
        let error = link == .open ? .timedOut(timeout) : unreachable
        // What a server said of the call itself tells most.
        var outcome = Outcome(step: wish, ended: late.map { Ended(call: $0, error: $0.refusal ?? error) })
        outcome.next = waiting.lazy.map(\.call.deadline).min()
        for (due, queued) in delayed { outcome.next = min(outcome.next ?? due, due, queued.call.deadline) }
        if case .resting(let until) = link { outcome.next = min(outcome.next ?? until, until) }
        return outcome
    }

    private var unreachable: RedisError {
        .unreachable(lastFailure?.whyNoConnection ?? "it could not be made within \(timeout)")
    }
}
