import RoostCore
import RoostTesting
import Testing

@Suite("The history checker", .timeLimit(.minutes(5)))
struct HistoryCheckerTests {
    static let checker = HistoryChecker(
        .init(tolerance: .zero, noticesDeath: true, claimBound: .seconds(600), mayPrune: false, mostUnsettled: 100)
    )

    @Test("is content with a run in which everything that may happen happens")
    func story() {
        #expect(Self.checker.violations(in: HistoryGenerator.story) == [])
    }

    @Test("refuses", arguments: HistoryFault.all)
    func fault(_ fault: HistoryFault) throws {
        var planter = HistoryPlanter(history: HistoryGenerator.story, random: HistoryRandom(seed: 1))
        // Not in the macro, which would print the history.
        let planted = fault.plant(&planter)
        let place = try #require(planted, "the story has no place for it")
        expect(fault, place, in: planter.history)
    }

    @Test("allows one death so many unsettled bodies, and not one more", arguments: [(0, 1), (1, 0)])
    func deaths(_ most: Int, _ count: Int) {
        let checker = HistoryChecker(.init(tolerance: .zero, noticesDeath: true, mostUnsettled: most))
        let found = checker.violations(in: HistoryGenerator.story)
        #expect(found.map(\.invariant) == Array(repeating: 14, count: count))
    }

    @Test("is content with random clean runs, and refuses each with a fault in it", arguments: 0..<20)
    func random(_ block: Int) throws {
        for seed in block * 100..<block * 100 + 100 {
            let history = HistoryGenerator.random(seed: UInt64(seed))
            let found = Self.checker.violations(in: history)
            guard found.isEmpty else {
                Issue.record("seed \(seed): \(found.prefix(3))")
                continue
            }
            var random = HistoryRandom(seed: UInt64(seed) &+ 1_000_000)
            for fault in HistoryFault.all.shuffled(using: &random) {
                var planter = HistoryPlanter(history: history, random: random)
                guard let planted = fault.plant(&planter) else { continue }
                expect(fault, planted, in: planter.history, "seed \(seed)")
                break
            }
        }
    }

    private func expect(
        _ fault: HistoryFault,
        _ planted: HistoryFault.Planted,
        in history: History,
        _ run: String = "the story"
    ) {
        let found = Self.checker.violations(in: history)
        let isFound = found.contains { violation in
            guard violation.invariant == fault.invariant else { return false }
            if case .job(let job) = planted { return violation.job == job }
            return true
        }
        #expect(isFound, "\(run), '\(fault.testDescription)' at \(planted): found \(found.prefix(5))")
    }
}
