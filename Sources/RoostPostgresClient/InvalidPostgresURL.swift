/// A text that names no server. It repeats no part of the text that may hold a password.
package struct InvalidPostgresURL: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let problem: String
    /// What to write instead.
    package let advice: String

    init(_ problem: String, _ advice: String) {
        self.problem = problem
        self.advice = advice
    }

    package var description: String { "\(problem): \(advice)" }
}
