import RoostCore
import RoostTesting

/// Judges what a scenario left behind.
@MainActor enum Judge {
    /// - Returns: all that is wrong.
    static func judge(_ driver: Driver) throws -> [String] {
        var problems = try driver.store.lastAudit().map { "at the end: \($0.query): \($0.row)" }
        problems += try driver.store.leftovers().map { "at the end: \($0)" }
        let history = try driver.history()
        var checks = driver.checks
        checks.noticesDeath = driver.store.noticesDeath
        checks.isJournalInOrder = driver.store.isJournalInOrder
        problems += HistoryChecker(checks).violations(in: history).map(\.description)
        if driver.looks == 0 { problems.append("the auditor never saw the store") }
        if !driver.mustBeFound.isEmpty { problems = unfound(driver, problems) }
        let counts = Counts(history)
        driver.note(counts.description)
        if counts.calls == 0 || counts.succeeded == 0 { problems.append("nothing was done") }
        if !problems.isEmpty { try history.write(to: "\(driver.folder)/\(Driver.wholeHistory)") }
        return problems
    }

    /// Of a run into which faults were put: those that nobody found, and what was found beside them.
    private static func unfound(_ driver: Driver, _ problems: [String]) -> [String] {
        var rest = problems
        var unfound: [String] = []
        for (fault, words) in driver.mustBeFound {
            let isFound = problems.contains { problem in
                problem.hasPrefix("invariant \(fault.invariant):") && words.allSatisfy { problem.contains($0) }
            }
            if !isFound { unfound.append("the fault '\(fault)' was put in, and nobody found it: \(words)") }
            rest.removeAll { problem in words.contains { problem.contains($0) } }
        }
        driver.note("\(driver.mustBeFound.count - unfound.count) faults found")
        return unfound + rest
    }

    /// What a history consists of, in numbers.
    private struct Counts: CustomStringConvertible {
        var calls = 0
        var replies = 0
        var transitions = 0
        var crashed = 0
        var succeeded = 0
        var bodies = 0
        var deaths = 0
        let jobs: Int

        init(_ history: History) {
            jobs = history.final.count
            for event in history.events {
                switch event {
                case .call: calls += 1
                case .reply: replies += 1
                case .transition(let transition):
                    transitions += 1
                    if transition.from == .running, transition.to == .ready { crashed += 1 }
                    if transition.to == .succeeded { succeeded += 1 }
                case .body(let body): if body.phase == .start { bodies += 1 }
                case .process(let process): if process.change == .died { deaths += 1 }
                case .lease, .worker, .action, .observed, .finding: break
                }
            }
        }

        var description: String {
            """
            \(jobs) jobs of \(calls) calls (\(calls - replies) without a reply), \(bodies) bodies, \(transitions) transitions \
            (\(crashed) taken or given back), \(deaths) deaths
            """
        }
    }
}
