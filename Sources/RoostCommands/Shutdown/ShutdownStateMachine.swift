/// What signals and time mean to a process that runs a worker: signals go in, actions come out.
struct ShutdownStateMachine: Sendable {
    enum Action: Sendable, Equatable {
        /// Claim nothing more, let running jobs end.
        case drain
        /// Cancel running jobs, give them back.
        case stop
        /// End the process: jobs that do not heed their cancel keep it from ending by itself.
        case abandon
        case none
    }

    private enum Phase {
        case running
        case draining
        case stopping
        case abandoned
    }

    /// How long jobs have to heed their cancel.
    static let patience: Duration = .milliseconds(1500)

    private var phase = Phase.running
    private let grace: Duration
    /// When the process is to be ended although it has not; nil: never.
    private(set) var deadline: Duration?

    init(grace: Duration) {
        self.grace = grace
    }

    /// Whether the process was asked to end.
    var isEnding: Bool { phase != .running }

    /// A signal came that asks the process to end.
    mutating func signalled(now: Duration) -> Action {
        switch phase {
        case .running:
            phase = .draining
            // The worker itself cancels what is left when the grace is over.
            deadline = now + grace + Self.patience
            return .drain
        case .draining:
            phase = .stopping
            deadline = now + Self.patience
            return .stop
        case .stopping, .abandoned:
            return .none
        }
    }

    /// Time has passed.
    mutating func passed(now: Duration) -> Action {
        guard let deadline, now >= deadline, phase != .abandoned else { return .none }
        phase = .abandoned
        self.deadline = nil
        return .abandon
    }
}
