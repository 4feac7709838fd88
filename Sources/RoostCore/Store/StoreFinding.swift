/// One thing that was looked at in a store, or in the server behind it: how it is, what that means, and what to do about it.
package struct StoreFinding: Sendable, Equatable {
    package enum Severity: String, Sendable, Comparable, CaseIterable {
        case ok
        /// The store works, but less well or less safely than it could.
        case warning
        /// The store does not work, or jobs can be lost.
        case problem

        package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warning: 1
            case .problem: 2
            }
        }
    }

    package let severity: Severity
    /// What was looked at, in one or two words: `persistence`.
    package let subject: String
    /// How it is.
    package let what: String
    /// What that means for jobs.
    package let meaning: String?
    /// What to do.
    package let advice: String?
    /// A store with this finding is not opened: the code of the error that is thrown.
    package let refusal: StoreError.Code?

    package init(
        _ severity: Severity,
        _ subject: String,
        _ what: String,
        meaning: String? = nil,
        advice: String? = nil,
        refusal: StoreError.Code? = nil
    ) {
        self.severity = severity
        self.subject = subject
        self.what = what
        self.meaning = meaning
        self.advice = advice
        self.refusal = refusal
    }

    /// All in one line: `persistence: nothing is kept on disk: a restart of the server loses all jobs. Set appendonly yes.`
    package var line: String {
        var line = "\(subject): \(what)"
        if let meaning { line += ": \(meaning)" }
        if let advice { line += ". \(advice.prefix(1).uppercased())\(advice.dropFirst())" }
        return line
    }
}

extension StoreFinding {
    /// How many jobs there are in each state: `3 ready, 1200 succeeded`.
    package static func counts(_ totals: [JobState: Int]) -> String {
        let parts = JobState.allCases.compactMap { state in
            totals[state].flatMap { $0 > 0 ? "\($0) \(state.rawValue)" : nil }
        }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }
}
