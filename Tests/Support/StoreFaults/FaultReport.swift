/// What came of a run that was disturbed.
package struct FaultReport: Sendable {
    /// From the end of the fault until a job that was enqueued then had run.
    package var pause: Duration = .zero
    /// From the end of the fault until all jobs had ended.
    package var all: Duration = .zero
    /// What must not be, in words.
    package var problems: [String] = []
    /// What else there is to say.
    package var notes: [String] = []

    package mutating func expect(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }
}

extension FaultReport: CustomStringConvertible {
    package var description: String {
        (["a new job had run after \(pause), all after \(all)"] + notes).joined(separator: "; ")
    }
}
