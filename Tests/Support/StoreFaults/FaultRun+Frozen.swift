import ProcessSupport
import RoostCore
import Synchronization

extension FaultRun {
    /// Freezes a worker at work until another one has run what it held, lets it go on, and stops it.
    ///
    /// - Returns: an error that it ended with; nil: none.
    package func freeze(_ child: ChildWorker) async throws -> String? {
        try await child.waitForWork()
        let held = try await child.freezeAtWork()
        try await waitUntil("another worker runs what it holds") { held.allSatisfy(ledger.hasEffect) }
        thaw.withLock { $0 = .init(client: "child", at: SystemTimeSource().uptime) }
        try await child.thaw()
        let result = try await child.stop(into: ledger)
        return result.status == 0 ? nil : "the child ended with \(result.status): \(result.errors.suffix(2000))"
    }

    /// What must be of a run in which a worker stood still at work, once for longer than its lease: what it ran or had ended
    /// without its end being stored has its effect a second time (invariant 14), and nothing a third time.
    ///
    /// - Returns: what is not so.
    package func problemsOfSecondRuns() -> [String] {
        var problems: [String] = []
        // It may also have heard before it told of an end that the lease is lost, and then it tells of none.
        for entry in ledger.entries where entry.isRefusedEnd && !ledger.hasEffect(entry.job) {
            problems.append("the end of \(entry.job) was refused, and nobody else ran it")
        }
        let effects = ledger.effects
        if effects.values.allSatisfy({ $0 == 1 }) { problems.append("no job had its effect twice") }
        problems += effects.filter { $0.value > 2 }.map { "\($0.key) had its effect \($0.value) times" }
        return problems
    }
}
