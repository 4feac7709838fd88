/// A graph that cannot be enqueued; nothing of it was.
public enum GraphError: Error, Equatable, CustomStringConvertible {
    /// A value was used outside the closure that was given it.
    case valueOutOfScope(kind: String, key: String)
    /// `with(…)` of a job names an argument twice.
    case argumentGivenTwice(kind: String, key: String)
    /// A job is to be given what the last job of an empty chain returns.
    case nothingToHandOn
    /// Each of many jobs would wait for each of many others.
    case tooManyEdges(limit: Int)

    public var description: String {
        switch self {
        case .valueOutOfScope(let kind, let key):
            """
            the argument '\(key)' of \(kind) is a value of an earlier job, used outside the closure that was given it: \
            make the job inside that closure
            """
        case .argumentGivenTwice(let kind, let key):
            "the argument '\(key)' of \(kind) is given twice"
        case .nothingToHandOn:
            "a job was to be given what the last job of a chain returns, but the chain has no jobs"
        case .tooManyEdges(let limit):
            """
            the graph has more than \(limit) edges: where a large group follows another, put one job between them, \
            for which the first group is waited for, and which the second group waits for
            """
        }
    }
}
