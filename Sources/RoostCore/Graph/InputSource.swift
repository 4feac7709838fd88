/// What of which earlier jobs fills an open argument. The numbers are positions of edges into the job, so that a
/// store needs to know nothing about arguments.
enum InputSource: Sendable, Codable, Equatable {
    /// The output of one parent.
    case output(position: Int32)
    /// The ``JobFailure`` of one parent.
    case failure(position: Int32)
    /// The ``JobOutcome`` of one parent.
    case outcome(position: Int32)
    /// The outputs of `count` parents, as an array.
    case outputs(first: Int32, count: Int32)
    /// The ``JobOutcome`` of each of `count` parents, as an array.
    case outcomes(first: Int32, count: Int32)
    /// The ``JobFailure`` of those of `count` parents that did not succeed, as an array.
    case failures(first: Int32, count: Int32)

    /// The positions of the edges it reads.
    var positions: Range<Int> {
        switch self {
        case .output(let position), .failure(let position), .outcome(let position):
            Int(position)..<Int(position) + 1
        case .outputs(let first, let count), .outcomes(let first, let count), .failures(let first, let count):
            // Stored numbers: a count below zero is no reason to trap.
            Int(first)..<Int(first) + max(Int(count), 0)
        }
    }
}
