public import RoostCore

/// An invariant that a history breaks, with the job and the events that show it.
public struct Violation: Sendable, Equatable, CustomStringConvertible {
    /// Its number in the design (§5).
    public let invariant: Int
    public let job: JobID?
    /// What is wrong, in a sentence.
    public let message: String
    public let events: [HistoryEvent]

    public init(_ invariant: Int, job: JobID? = nil, _ message: String, events: [HistoryEvent] = []) {
        self.invariant = invariant
        self.job = job
        self.message = message
        self.events = events
    }

    public var description: String {
        let subject = job.map { " job \($0):" } ?? ""
        let shown = events.map { "\n    \($0)" }.joined()
        return "invariant \(invariant):\(subject) \(message)\(shown)"
    }
}
